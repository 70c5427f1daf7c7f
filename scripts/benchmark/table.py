"""A text table of figures with their ratios to reference contenders and their goals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Goal", "Measurement", "render"]


@dataclass(frozen=True)
class Goal:
    """A limit for the ratio of two figures.

    Attributes:
        who: The contender with the goal.
        than: The contender to compare with.
        limit: The highest ratio that meets the goal.
    """

    who: str
    than: str
    limit: float


@dataclass(frozen=True)
class Measurement:
    """The figures of all contenders for one quantity.

    Attributes:
        title: The measured quantity and its unit.
        figures: The figure of each contender.
        decimals: Number of decimals to print.
        goals: Goals for the figures.
    """

    title: str
    figures: Mapping[str, float]
    decimals: int
    goals: Sequence[Goal] = field(default=())


def render(measurements: Sequence[Measurement], references: Sequence[str]) -> str:
    """Return the table.

    Args:
        measurements: The measurements to print.
        references: The contenders that ratios are relative to; each has a figure in each measurement.
    """
    heads = ["", "figure", *(f"x {name}" for name in references), "goals"]
    rows = [heads]
    for measurement in measurements:
        rows += [[measurement.title], *_rows(measurement, references)]
    widths = [max(len(row[column]) for row in rows if len(row) > 1) for column in range(len(heads))]
    return "\n".join(_line(row, widths) for row in rows)


def _rows(measurement: Measurement, references: Sequence[str]) -> Iterator[list[str]]:
    figures = measurement.figures
    for name, figure in figures.items():
        ratios = [f"{figure / figures[reference]:.2f}" for reference in references]
        goals = (_verdict(goal, figures) for goal in measurement.goals if goal.who == name)
        yield [f"  {name}", f"{figure:,.{measurement.decimals}f}", *ratios, ", ".join(goals)]


def _verdict(goal: Goal, figures: Mapping[str, float]) -> str:
    met = figures[goal.who] / figures[goal.than] <= goal.limit
    return f"{'met' if met else 'missed'}: at most {goal.limit:.2f} x {goal.than}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = row
    if not rest:
        return first
    *numbers, last = rest
    cells = (f"{number:>{width}}" for number, width in zip(numbers, widths[1:-1], strict=True))
    return "  ".join([f"{first:<{widths[0]}}", *cells, last]).rstrip()
