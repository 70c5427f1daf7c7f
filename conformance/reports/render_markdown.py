"""summary.md: the verdict and the findings, for a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.reports.console import finding, printable
from conformance.reports.model import RequirementVerdict

if TYPE_CHECKING:
    from conformance.reports.model import Report

__all__ = ["render"]


def render(report: Report) -> str:
    """Return the report as Markdown."""
    run = (
        f"profile {report.profile}, {report.requests} requests in {report.seconds:.1f} s, "
        f"specification {report.spec_version}, suite {report.suite_version}, seed {report.seed}"
    )
    lines = [
        f"## DRS conformance: {report.verdict.value}",
        "",
        _line(report.reason),
        "",
        f"Target {_code(report.target)}, {_line(run)}.",
        "",
        "| verdict | MUST | SHOULD | OBSERVE |",
        "|---|---|---|---|",
    ]
    for verdict in RequirementVerdict:
        counts = [sum(r.level == level for r in report.having(verdict)) for level in ("MUST", "SHOULD", "OBSERVE")]
        lines.append(f"| {verdict.value} | {' | '.join(map(str, counts))} |")
    for requirement in report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN):
        lines += ["", f"### {requirement.id}: {_line(requirement.title)}", "", *_fenced(finding(requirement))]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """Return the text as one line that starts no block and holds no markup."""
    line = re.sub(r"([\\`*_{}\[\]<>#|!~&$])", r"\\\1", printable(" ".join(text.split())))
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", line)


def _code(text: str) -> str:
    return f"`{printable(text).replace('`', '')}`"


def _fenced(text: str) -> list[str]:
    """Return a code block whose fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", text, fence]
