"""What became of each target, and of all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import UnreadableReportError
from conformance.exchange.verdicts import SEVERITY, Verdict
from conformance.reports.matrix import Column, Matrix, arrange
from conformance.reports.reading import load
from conformance.reports.render_matrix import headline
from conformance.reports.rows import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.cli.targets.processes import Ended
    from conformance.reports.model import Report

__all__ = ["TargetResult", "arrange_results", "outcome", "table", "worst"]

BY_CODE: dict[int, Verdict] = {verdict.exit_code: verdict for verdict in Verdict}


@dataclass(frozen=True)
class TargetResult:
    """What became of a target.

    Attributes:
        name: What it is called.
        verdict: The verdict on it.
        reason: One sentence on that.
        report: What is said on it; None if its run has left nothing.
    """

    name: str
    verdict: Verdict
    reason: str
    report: Report | None

    @property
    def line(self) -> str:
        """The outcome on one line, the name apart."""
        return printable(f"{self.verdict.value}: {self.reason}")


def outcome(ended: Ended, directory: Path) -> TargetResult:
    """Return what a run has made known: by its report and its exit code, which agree if all went well."""
    try:
        report: Report | None = load(directory / "conformance.json")
    except UnreadableReportError:
        report = None
    verdict = BY_CODE.get(ended.code, Verdict.ERROR)
    if report is not None and report.verdict is verdict:
        return TargetResult(ended.name, verdict, report.reason, report)
    if verdict is Verdict.INTERRUPTED:
        return TargetResult(ended.name, verdict, "nothing had been seen by then", report)
    last = next(reversed(ended.errors.strip().splitlines()), "")
    said = last.removeprefix("drs-conform: ") or "it has said nothing"
    return TargetResult(ended.name, Verdict.ERROR, f"the run has ended with exit code {ended.code}: {said}", report)


def worst(outcomes: Sequence[TargetResult], *, interrupted: bool) -> Verdict:
    """Return the verdict on all targets."""
    if interrupted:
        return Verdict.INTERRUPTED
    return min((item.verdict for item in outcomes), key=SEVERITY.index)


def arrange_results(outcomes: Sequence[TargetResult]) -> Matrix:
    """Lay the reports side by side, each with the way to its page."""
    columns = [Column(item.name, item.report, f"{item.name}/report.html") for item in outcomes if item.report]
    return arrange(columns, [(item.name, item.line) for item in outcomes if item.report is None])


def table(outcomes: Sequence[TargetResult], matrix: Matrix, verdict: Verdict) -> str:
    """Return all verdicts as plain text, the one on all of them first."""
    width = max(len(item.name) for item in outcomes)
    verdicts = max(len(item.verdict.value) for item in outcomes)
    lines = [f"{verdict.value}: {headline(matrix)}"]
    lines += [f"  {item.name:{width}}  {item.verdict.value:{verdicts}}  {printable(item.reason)}" for item in outcomes]
    return "\n".join(lines) + "\n"
