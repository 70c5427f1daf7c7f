"""Counts of statuses and scenarios, and latencies."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from conformance.exchange.exchange import Response
from conformance.reports.model import Latency, Traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

__all__ = ["count", "latency"]


def count(exchanges: Sequence[Exchange]) -> Traffic:
    """Count the statuses and the scenarios or phases of all exchanges."""
    statuses = Counter(exchange.status for exchange in exchanges)
    scenarios = Counter(exchange.scenario for exchange in exchanges)
    return Traffic(tuple(sorted(statuses.items())), tuple(scenarios.items()))


def latency(exchanges: Sequence[Exchange]) -> Latency | None:
    """Return the latencies of the answers; None if there are no answers."""
    answers = (exchange.outcome for exchange in exchanges)
    times = sorted(round(1000 * answer.seconds, 3) for answer in answers if isinstance(answer, Response))
    if not times:
        return None
    bins = Counter(max(0, math.ceil(math.log2(time))) if time else 0 for time in times)
    return Latency(
        median=_rank(times, 0.5),
        p95=_rank(times, 0.95),
        longest=times[-1],
        # Every bin between the first and the last, so that a chart has no gap that is none.
        bins=tuple((2.0**power, bins[power]) for power in range(min(bins), max(bins) + 1)),
    )


def _rank(times: Sequence[float], part: float) -> float:
    """Return the least of the times that this part of them does not exceed."""
    return times[math.ceil(part * len(times)) - 1]
