"""Several reports side by side: a row for each requirement, a column for each target."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import REQUIREMENT_SEVERITY, UNJUDGED
from conformance.reports.comparison import observation
from conformance.spec.catalogue import LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.verdicts import RequirementVerdict
    from conformance.reports.model import Report, RequirementReport

__all__ = ["Cell", "Column", "Contrast", "Matrix", "Row", "arrange"]

NOT_ASKED = "not selected"


class Contrast(StrEnum):
    """The kinds of difference among the targets on a requirement."""

    DISAGREES = "differs"
    UNEVEN = "partly checked"
    NONE = ""


@dataclass(frozen=True)
class Column:
    """A target.

    Attributes:
        name: Name of the target.
        report: The report on it.
        link: Address of its report.html, relative to the matrix; empty if unknown.
    """

    name: str
    report: Report
    link: str = ""

    @property
    def judged(self) -> bool:
        """Return whether any requirement was checked; not if the API is missing or the run stops at its start."""
        return any(requirement.verdict not in UNJUDGED for requirement in self.report.requirements)


@dataclass(frozen=True)
class Cell:
    """The result for one requirement on one target.

    Attributes:
        verdict: The verdict; None if the requirement was not selected.
        detail: What was seen, or the reason why nothing was checked; empty if there is nothing to add.
    """

    verdict: RequirementVerdict | None
    detail: str

    @property
    def text(self) -> str:
        """The verdict in words."""
        return self.verdict.value if self.verdict else NOT_ASKED


@dataclass(frozen=True)
class Row:
    """A requirement.

    Attributes:
        id: ID of the requirement.
        area: Area of the requirement.
        level: MUST, SHOULD or OBSERVE.
        title: The requirement in one sentence.
        cells: The result for each target.
        contrast: The kind of difference among the targets.
    """

    id: str
    area: str
    level: str
    title: str
    cells: tuple[Cell, ...]
    contrast: Contrast


@dataclass(frozen=True)
class Matrix:
    """The results for all requirements on all targets.

    Attributes:
        columns: The targets.
        rows: The requirements, area by area.
        missing: The targets without a report: name and reason.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def areas(self) -> dict[str, list[Row]]:
        """The rows by their area."""
        areas: dict[str, list[Row]] = {}
        for row in self.rows:
            areas.setdefault(row.area, []).append(row)
        return areas

    def having(self, contrast: Contrast) -> tuple[Row, ...]:
        """Return the rows with this kind of difference, the worst first."""
        return tuple(sorted((row for row in self.rows if row.contrast is contrast), key=_gravity))


def arrange(columns: Sequence[Column], missing: Sequence[tuple[str, str]] = ()) -> Matrix:
    """Return the matrix of these reports, with each requirement as the first report that names it has it.

    A column in which nothing was checked does not count as different: the verdict on its run has the reason.
    """
    known: dict[str, RequirementReport] = {}
    for column in columns:
        for requirement in column.report.requirements:
            known.setdefault(requirement.id, requirement)
    by_id = [{item.id: item for item in column.report.requirements} for column in columns]
    rows = []
    for key, requirement in known.items():
        found = [items.get(key) for items in by_id]
        cells = tuple(_cell(item, column) for item, column in zip(found, columns, strict=True))
        compared = [item for item, column in zip(found, columns, strict=True) if column.judged]
        rows.append(Row(key, requirement.area, requirement.level, requirement.title, cells, _contrast(compared)))
    areas: dict[str, int] = {}
    for row in rows:
        areas.setdefault(row.area, len(areas))
    return Matrix(tuple(columns), tuple(sorted(rows, key=lambda row: areas[row.area])), tuple(missing))


def _cell(requirement: RequirementReport | None, column: Column) -> Cell:
    if requirement is None:
        return Cell(None, "")
    if not column.judged:
        return Cell(requirement.verdict, "")  # the verdict on the run has the reason
    violations = [finding.actual for finding in requirement.findings]
    return Cell(requirement.verdict, "; ".join(violations or filter(None, [requirement.reason])))


def _contrast(requirements: Sequence[RequirementReport | None]) -> Contrast:
    judged = [item for item in requirements if item is not None and item.verdict not in UNJUDGED]
    if len({item.verdict for item in judged}) > 1 or len({observation(item) for item in judged}) > 1:
        return Contrast.DISAGREES
    return Contrast.UNEVEN if 0 < len(judged) < len(requirements) else Contrast.NONE


def _gravity(row: Row) -> tuple[int, int]:
    worst = min(REQUIREMENT_SEVERITY.index(cell.verdict) for cell in row.cells if cell.verdict)
    return worst, LEVELS.index(row.level)
