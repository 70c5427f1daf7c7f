"""What the charts of a report draw: bars, each with the number that it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.reports.model import Latency, Traffic

__all__ = ["Bar", "latency", "milliseconds", "statuses", "stimuli"]


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        label: What it stands for.
        number: How many.
        percent: How long it is, in percent of the longest bar of its chart.
        note: What else is to be said of it.
    """

    label: str
    number: int
    percent: float
    note: str = ""


def latency(measured: Latency) -> tuple[Bar, ...]:
    """Return a bar for each bin, with a note where the median, the 95th percentile and the longest answer fell."""
    limits = [limit for limit, _ in measured.bins]
    labels = [f"up to {limits[0]:.0f} ms", *(f"{limit / 2:.0f} to {limit:.0f} ms" for limit in limits[1:])]
    notes: dict[float, list[str]] = {}
    for name, time in (("median", measured.median), ("95 %", measured.p95), ("longest", measured.longest)):
        limit = next((limit for limit in limits if time <= limit), limits[-1])
        notes.setdefault(limit, []).append(name)
    bars = _bars(zip(labels, (number for _, number in measured.bins), strict=True))
    return tuple(
        Bar(bar.label, bar.number, bar.percent, ", ".join(notes.get(limit, ())))
        for bar, limit in zip(bars, limits, strict=True)
    )


def statuses(traffic: Traffic) -> tuple[Bar, ...]:
    """Return a bar for each status, with its name in HTTP."""
    return _bars((_status(status), number) for status, number in traffic.statuses)


def stimuli(traffic: Traffic) -> tuple[Bar, ...]:
    """Return a bar for each stimulus, in the order in which they were played."""
    return _bars(traffic.stimuli)


def milliseconds(time: float) -> str:
    """Write a time for a reader."""
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
