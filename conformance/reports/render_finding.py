"""A finding as a file for `drs-conform replay`, described by finding.schema.json.

The file is for the people who fix the server. It holds no secret and no value of the account that found it.
"""

from __future__ import annotations

import base64
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.reports.render_json import encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reports.model import Finding, Report, RequirementReport, Step

__all__ = ["DIRECTORY", "FORMAT", "command", "name", "render", "render_all"]

FORMAT = 1
"""Version of the file, raised when a field is removed or changes its meaning."""

DIRECTORY = "findings"
"""Directory of the files, below that of the reports."""


def name(requirement: RequirementReport, index: int = 0) -> str:
    """Return the path of a finding's file below the directory of the reports; from the second one on it is numbered."""
    return f"{DIRECTORY}/{requirement.id}{f'-{index + 1}' if index else ''}.json"


def command(report: Report, requirement: RequirementReport, index: int = 0, directory: Path | None = None) -> str:
    """Return the command that replays a finding, with the credentials in the environment.

    Args:
        report: The report with the finding.
        requirement: The violated requirement.
        index: Index of the finding among those of the requirement.
        directory: The directory of the reports, relative to the working directory; None if it is that directory.
    """
    words = ["drs-conform", "replay", str((directory or Path()) / name(requirement, index))]
    return shlex.join(words if report.built_in else [*words, "--target", report.target])


def render_all(report: Report) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each finding's file."""
    for requirement in report.requirements:
        for index, finding in enumerate(requirement.findings):
            yield name(requirement, index), render(report, requirement, finding)


def render(report: Report, requirement: RequirementReport, finding: Finding) -> str:
    """Return a finding as JSON."""
    document = {
        "format": FORMAT,
        "requirement": requirement.id,
        "level": requirement.level,
        "title": requirement.title,
        "expected": finding.expected,
        "actual": finding.actual,
        "stimulus": finding.stimulus,
        "alone": finding.alone,
        "repeats": asdict(finding.repeats),
        "seed": report.seed,
        "suite_version": report.suite_version,
        "spec": {"version": report.spec_version, "sha256": report.spec_sha256},
        "target": report.target,
        "requests": [_request(step) for step in finding.steps],
    }
    return encoded(document)


def _request(step: Step) -> dict[str, Any]:
    return {
        "method": step.method,
        "target": step.target,
        "headers": step.headers,
        **_body(step.body),
        "batch": {"state": step.batch, "id": step.segment} if step.batch else None,
    }


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}
