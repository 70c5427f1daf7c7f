"""The result of each target, and the verdict on all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import SEVERITY, Verdict
from conformance.reports.matrix import Column, Matrix, arrange
from conformance.reports.reading import load
from conformance.reports.render_matrix import headline
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.cli.targets.processes import Finished
    from conformance.reports.model import Report

__all__ = ["TargetResult", "arrange_results", "read_result", "table", "worst"]

BY_CODE: dict[int, Verdict] = {verdict.exit_code: verdict for verdict in Verdict}


@dataclass(frozen=True)
class TargetResult:
    """The result of one target.

    Attributes:
        name: Name of the target.
        verdict: Verdict on the run.
        reason: Reason of the verdict in one sentence.
        report: Report on the target; None if the run did not write one.
    """

    name: str
    verdict: Verdict
    reason: str
    report: Report | None

    @property
    def summary(self) -> str:
        """The verdict and its reason on one line."""
        return printable(f"{self.verdict.value}: {self.reason}")


def read_result(finished: Finished, directory: Path) -> TargetResult:
    """Return the result of a finished run from its report and its exit code, which must agree."""
    try:
        report: Report | None = load(directory / "conformance.json")
    except ConfigurationError:
        report = None
    verdict = BY_CODE.get(finished.code, Verdict.ERROR)
    if report is not None and report.verdict is verdict:
        return TargetResult(finished.name, verdict, report.reason, report)
    if verdict is Verdict.INTERRUPTED:
        return TargetResult(finished.name, verdict, "no response had been checked by then", report)
    last = next(reversed(finished.errors.strip().splitlines()), "")
    message = last.removeprefix("drs-conform: ") or "it printed no error"
    return TargetResult(
        finished.name, Verdict.ERROR, f"the run ended with exit code {finished.code}: {message}", report
    )


def worst(found: Sequence[TargetResult], *, interrupted: bool) -> Verdict:
    """Return the worst verdict."""
    if interrupted:
        return Verdict.INTERRUPTED
    return min((item.verdict for item in found), key=SEVERITY.index)


def arrange_results(found: Sequence[TargetResult]) -> Matrix:
    """Arrange the reports side by side, with links to their pages."""
    columns = [Column(item.name, item.report, f"{item.name}/report.html") for item in found if item.report]
    return arrange(columns, [(item.name, item.summary) for item in found if item.report is None])


def table(found: Sequence[TargetResult], matrix: Matrix, verdict: Verdict) -> str:
    """Return all verdicts as plain text, the overall verdict first."""
    width = max(len(item.name) for item in found)
    verdicts = max(len(item.verdict.value) for item in found)
    lines = [f"{verdict.value}: {headline(matrix)}"]
    lines += [f"  {item.name:{width}}  {item.verdict.value:{verdicts}}  {printable(item.reason)}" for item in found]
    return "\n".join(lines) + "\n"
