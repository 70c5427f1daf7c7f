"""How the processor time of a step grows with the size of what it reads."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SMALL", "TIMES", "growth", "repeated"]

SMALL = 1 << 17
TIMES = 8
"""Times as large as the small input is the large one, which has a mebibyte."""
NOISE = 0.005
"""Seconds that are added to both times, so that steps too short to measure do not grow."""


def growth(step: Callable[[int], Callable[[], object]]) -> float:
    """Return how often a step takes the time for a small input, if the input is `TIMES` as large.

    A linear step gives about `TIMES`, a quadratic one its square. The processor time of this process does not depend on
    what else the machine does.

    Args:
        step: Returns the step for an input of about so many octets.
    """
    small, large = (_seconds(step(size)) + NOISE for size in (SMALL, SMALL * TIMES))
    return large / small


def repeated(unit: bytes, size: int) -> bytes:
    """Return a text repeated to this size."""
    return (unit * (size // len(unit) + 1))[:size]


def _seconds(step: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        step()
        return time.process_time() - start
    finally:
        gc.enable()
