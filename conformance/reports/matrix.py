"""Many reports side by side: a row for each requirement, a column for each target."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from conformance.reports.comparison import observation
from conformance.reports.model import LEVELS, RequirementVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.reports.model import Report, RequirementReport

__all__ = ["Cell", "Column", "Contrast", "Matrix", "Row", "arrange"]

JUDGED = (RequirementVerdict.PASS, RequirementVerdict.WARN, RequirementVerdict.FAIL)
NOT_ASKED = "not asked for"


class Contrast(str, Enum):
    """How far the targets differ on a requirement."""

    DISAGREES = "differs"
    UNEVEN = "judged in part"
    NONE = ""


@dataclass(frozen=True)
class Column:
    """A target.

    Attributes:
        name: What it is called.
        report: What is said on it.
        link: Address of its own report, relative to the matrix; empty if it is not known.
    """

    name: str
    report: Report
    link: str = ""

    @property
    def judged(self) -> bool:
        """Whether anything was judged, and not the API found missing, or the run over before it began."""
        return any(requirement.verdict in JUDGED for requirement in self.report.requirements)


@dataclass(frozen=True)
class Cell:
    """What is said on one requirement of one target.

    Attributes:
        verdict: The verdict; None if the run was not asked for one.
        detail: What was seen, or why nothing was judged; empty where the verdict tells it all.
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
        id: Its id.
        area: Its area.
        level: MUST, SHOULD or OBSERVE.
        title: It, in one sentence.
        cells: What is said on it, target by target.
        contrast: How far the targets differ.
    """

    id: str
    area: str
    level: str
    title: str
    cells: tuple[Cell, ...]
    contrast: Contrast


@dataclass(frozen=True)
class Matrix:
    """All targets on all requirements.

    Attributes:
        columns: The targets.
        rows: The requirements, area by area.
        missing: The targets that have left no report: name, and what is known of why.
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
        """Return the rows in which the targets differ so far, the worst first."""
        return tuple(sorted((row for row in self.rows if row.contrast is contrast), key=_gravity))


def arrange(columns: Sequence[Column], missing: Sequence[tuple[str, str]] = ()) -> Matrix:
    """Lay reports side by side; a requirement is told as the first of them that names it has it.

    Where a target was judged on nothing at all, its column differs from none: there is one reason for all of it.
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
    areas = list(dict.fromkeys(row.area for row in rows))
    return Matrix(tuple(columns), tuple(sorted(rows, key=lambda row: areas.index(row.area))), tuple(missing))


def _cell(requirement: RequirementReport | None, column: Column) -> Cell:
    if requirement is None:
        return Cell(None, "")
    if not column.judged:
        return Cell(requirement.verdict, "")  # the verdict on the run says why, once
    breaches = [finding.actual for finding in requirement.findings]
    return Cell(requirement.verdict, "; ".join(breaches or filter(None, [requirement.reason])))


def _contrast(requirements: Sequence[RequirementReport | None]) -> Contrast:
    judged = [item for item in requirements if item is not None and item.verdict in JUDGED]
    if len({item.verdict for item in judged}) > 1 or len({observation(item) for item in judged}) > 1:
        return Contrast.DISAGREES
    return Contrast.UNEVEN if 0 < len(judged) < len(requirements) else Contrast.NONE


def _gravity(row: Row) -> tuple[bool, bool, int]:
    verdicts = [cell.verdict for cell in row.cells]
    failed, warned = RequirementVerdict.FAIL in verdicts, RequirementVerdict.WARN in verdicts
    return not failed, not warned, LEVELS.index(row.level)
