"""The bars of the charts in a report."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.reports.model import Latency, Traffic

__all__ = ["Bar", "latency", "milliseconds", "scenarios", "statuses"]


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        label: Its label.
        number: The number that it stands for.
        percent: Its length, in percent of the longest bar of the chart.
        note: A note on it; empty if there is none.
    """

    label: str
    number: int
    percent: float
    note: str = ""


def latency(measured: Latency) -> tuple[Bar, ...]:
    """Return a bar for each bin, with a note on the bins of the median, the 95th percentile and the maximum."""
    limits = [limit for limit, _ in measured.bins]
    labels = [f"up to {limits[0]:.0f} ms", *(f"{limit / 2:.0f} to {limit:.0f} ms" for limit in limits[1:])]
    notes: dict[float, list[str]] = {}
    for name, time in (("median", measured.median), ("95 %", measured.p95), ("maximum", measured.longest)):
        limit = next((limit for limit in limits if time <= limit), limits[-1])
        notes.setdefault(limit, []).append(name)
    bars = _bars(zip(labels, (number for _, number in measured.bins), strict=True))
    return tuple(
        Bar(bar.label, bar.number, bar.percent, ", ".join(notes.get(limit, ())))
        for bar, limit in zip(bars, limits, strict=True)
    )


def statuses(traffic: Traffic) -> tuple[Bar, ...]:
    """Return a bar for each status, labelled with its number and reason phrase."""
    return _bars((_status(status), number) for status, number in traffic.statuses)


def scenarios(traffic: Traffic) -> tuple[Bar, ...]:
    """Return a bar for each scenario or phase, in the order in which they ran."""
    return _bars(traffic.stimuli)


def milliseconds(time: float) -> str:
    """Return a time as text."""
    return f"{time:,.1f} ms"


def _status(status: int) -> str:
    if status == 0:
        return "no answer"
    name = next((known.phrase for known in HTTPStatus if known == status), "")
    return f"{status} {name}".strip()


def _bars(counts: Iterable[tuple[str, int]]) -> tuple[Bar, ...]:
    counts = tuple(counts)
    longest = max((number for _, number in counts), default=0)
    return tuple(Bar(label, number, round(100 * number / longest, 1) if longest else 0) for label, number in counts)
