"""Covering arrays: few combinations in which all pairs of values occur."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["pairs_covered"]


def pairs_covered(*dimensions: Sequence[object]) -> list[tuple[int, ...]]:
    """Return combinations of one value of each dimension, as indices, so that each two values occur together.

    The first combination has the first value of each dimension, and the same dimensions always give the same
    combinations. Their number is little above the product of the two largest dimensions.

    Args:
        dimensions: The values of each dimension; only their number counts.
    """
    sizes = [len(values) for values in dimensions]
    missing = {
        ((one, first), (other, second))
        for one, other in combinations(range(len(sizes)), 2)
        for first, second in product(range(sizes[one]), range(sizes[other]))
    }
    rows: list[tuple[int, ...]] = []
    while missing:
        start = dict(min(missing)) if rows else dict.fromkeys(range(len(sizes)), 0)
        for place, size in enumerate(sizes):
            if place not in start:
                start[place] = max(range(size), key=lambda value: (_new(place, value, start, missing), -value))
        row = tuple(start[place] for place in range(len(sizes)))
        rows.append(row)
        missing -= set(combinations(enumerate(row), 2))
    return rows


def _new(place: int, value: int, chosen: dict[int, int], missing: set[tuple[tuple[int, int], tuple[int, int]]]) -> int:
    """Return how many pairs that are missing a value makes with those that are chosen."""
    pairs = (sorted(((place, value), other)) for other in chosen.items())
    return sum((first, second) in missing for first, second in pairs)
