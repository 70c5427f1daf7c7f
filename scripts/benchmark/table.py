"""A plain table of figures, with their ratios to two others and the goals that they meet or miss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Goal", "Measurement", "render"]


@dataclass(frozen=True)
class Goal:
    """A ratio that a figure is not to exceed.

    Attributes:
        who: Whose figure.
        than: Whose figure it is compared with.
        limit: The ratio.
    """

    who: str
    than: str
    limit: float


@dataclass(frozen=True)
class Measurement:
    """The figures of all contenders for one question.

    Attributes:
        title: What is measured, and the unit.
        figures: The figure of each contender.
        decimals: How many are worth showing.
        goals: What the figures are to be.
    """

    title: str
    figures: Mapping[str, float]
    decimals: int
    goals: Sequence[Goal] = field(default=())


def render(measurements: Sequence[Measurement], references: Sequence[str]) -> str:
    """Return the table.

    Args:
        measurements: What is in it.
        references: The contenders to whose figures the ratios are; each has a figure in each measurement.
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
