"""Interleaved runs of all contenders, so that other load on the machine affects all of them equally."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["medians", "take_turns"]

T = TypeVar("T")


def take_turns(turns: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Run the contenders in turn; returns the results of each.

    Args:
        turns: The function to call for a turn of each contender.
        rounds: Number of turns of each contender, at least 1.
    """
    results: dict[str, list[T]] = {name: [] for name in turns}
    names = list(turns)
    for number in range(rounds):
        # Each round starts with the next contender, so that none is always the first.
        first = number % len(names)
        for name in names[first:] + names[:first]:
            results[name].append(turns[name]())
    return results


def medians(results: Mapping[str, Sequence[T]], figure: Callable[[T], float]) -> dict[str, float]:
    """Return the median of a figure of each contender's turns."""
    return {name: statistics.median(map(figure, turns)) for name, turns in results.items()}
