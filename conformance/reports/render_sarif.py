"""report.sarif: the findings, for code scanning, in SARIF 2.1.0.

Only a finding is a result. GitHub ignores the kind of a result and makes an alert of each. Therefore requirements that
were not checked, and known deviations that are out of date, are notifications of the invocation.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from conformance.exchange.redaction import MASK
from conformance.exchange.verdicts import BROKEN, UNJUDGED, RequirementVerdict, Verdict
from conformance.reports.sarif_findings import DOCUMENT, results, rule
from conformance.reports.sarif_messages import message
from conformance.spec.characters import plain, printable
from conformance.spec.deviations import DEVIATES, NOT_EXERCISED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.reports.model import Report

__all__ = ["render"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
JUDGED = (Verdict.CONFORMS, Verdict.VIOLATES)
NOTIFICATIONS = {RequirementVerdict.INCONCLUSIVE: "warning", RequirementVerdict.SKIPPED: "note"}


def render(report: Report) -> str:
    """Return the report as SARIF."""
    indices = {requirement.id: index for index, requirement in enumerate(report.requirements)}
    accepted = {key for key, state in report.deviations if state == DEVIATES}
    driver = {
        "name": "drs-conform",
        "version": plain(report.suite_version),
        "rules": [rule(requirement) for requirement in report.requirements],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report, indices)],
        "originalUriBaseIds": {DOCUMENT["uriBaseId"]: {"description": message("Directory of openapi.yaml.")}},
        "artifacts": [{"location": DOCUMENT, "hashes": {"sha-256": report.spec_sha256}}],
        "results": [
            result
            for requirement in report.having(*BROKEN)
            for result in results(requirement, indices[requirement.id], accepted=requirement.id in accepted)
        ],
        "redactionTokens": [MASK],
        "properties": {
            "reason": plain(report.reason),
            "target": printable(report.target),
            "profile": report.profile,
            "seed": report.seed,
            "specification": plain(report.spec_version),
            "requests": report.requests,
            "requestsSha256": report.requests_sha256,
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _invocation(report: Report, indices: Mapping[str, int]) -> dict[str, Any]:
    started = dt.datetime.fromisoformat(report.started)
    return {
        "commandLine": printable(report.command),
        "startTimeUtc": _utc(started),
        "endTimeUtc": _utc(started + dt.timedelta(seconds=report.seconds)),
        "exitCode": report.exit_code,
        "exitCodeDescription": report.verdict.value,
        "executionSuccessful": report.verdict in JUDGED,
        "toolExecutionNotifications": list(_unjudged(report, indices)),
        "toolConfigurationNotifications": [
            _notification(
                "note" if state == NOT_EXERCISED else "error", f"known deviation, {key}: {state}", indices, key
            )
            for key, state in report.deviations
            if state != DEVIATES
        ],
    }


def _unjudged(report: Report, indices: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Yield a notification for a run without a result, and one for each requirement that was not checked."""
    if report.verdict not in JUDGED:
        yield _notification("error", f"{report.verdict.value}: {report.reason}", indices)
    for requirement in report.having(*UNJUDGED):
        text = f"{requirement.verdict.value}: {requirement.reason}"
        yield _notification(NOTIFICATIONS[requirement.verdict], text, indices, requirement.id)


def _notification(level: str, text: str, indices: Mapping[str, int], about: str = "") -> dict[str, Any]:
    rules = {"associatedRule": {"id": about, "index": indices[about]}} if about in indices else {}
    return {"level": level, "message": message(plain(text)), **rules}


def _utc(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
