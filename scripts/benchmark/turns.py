"""Turn about: whatever else the machine does hits all contenders alike."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["medians", "take_turns"]

T = TypeVar("T")


def take_turns(turns: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Return the results of each contender's turns.

    Args:
        turns: What a turn of each contender is.
        rounds: How often each has its turn, 1 or more.
    """
    results: dict[str, list[T]] = {name: [] for name in turns}
    names = list(turns)
    for number in range(rounds):
        # Each round begins with another one, so that no contender always follows the same.
        first = number % len(names)
        for name in names[first:] + names[:first]:
            results[name].append(turns[name]())
    return results


def medians(results: Mapping[str, Sequence[T]], figure: Callable[[T], float]) -> dict[str, float]:
    """Return the median of a figure of each contender's turns."""
    return {name: statistics.median(map(figure, turns)) for name, turns in results.items()}
