"""summary.md: the verdict and the findings, for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports.console import finding
from conformance.reports.markdown import code, fenced, line, table
from conformance.reports.model import LEVELS, RequirementVerdict

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
        line(report.reason),
        "",
        f"Target {code(report.target)}, {line(run)}.",
        "",
        *table(("verdict", *LEVELS), [(verdict.value, *_counts(report, verdict)) for verdict in RequirementVerdict]),
    ]
    for requirement in report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN):
        lines += ["", f"### {requirement.id}: {line(requirement.title)}", "", *fenced(finding(requirement))]
    return "\n".join(lines) + "\n"


def _counts(report: Report, verdict: RequirementVerdict) -> list[str]:
    return [str(sum(r.level == level for r in report.having(verdict))) for level in LEVELS]
