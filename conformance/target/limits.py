"""Limits on time, rate and number of the requests of a run."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field

import anyio

from conformance.errors import LimitError

__all__ = ["Limits", "Quota"]

MOST_MEASURED = 1000
"""Requests whose time is kept."""
LOWEST_RATE = 5.0
"""Requests per second that are sent at least, unless the user allows fewer."""


@dataclass(frozen=True)
class Limits:
    """The limits of a transport.

    Attributes:
        timeout: Seconds for one whole answer, from connecting to its last byte.
        rate: Maximum requests per second; None for no limit.
        max_requests: Maximum requests in total; None for no limit.
        budget: Seconds after which nothing is sent or waited for; None for no limit.
        started: When these seconds begin, by the monotonic clock.
    """

    timeout: float = 10.0
    rate: float | None = None
    max_requests: int | None = None
    budget: float | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds of the budget that are left, 0 or more; infinite without a budget."""
        return math.inf if self.budget is None else max(0.0, self.started + self.budget - time.monotonic())

    def check_budget(self) -> None:
        """Raise `LimitError` if the budget is used up."""
        if not self.left:
            raise LimitError(f"--budget {self.budget:g} seconds are used up")

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than the budget."""
        await anyio.sleep(min(seconds, self.left))


class Quota:
    """Counts and paces the requests of a run, which several transports may send.

    Attributes:
        limits: The limits.
        sent: Number of requests sent so far.
    """

    def __init__(self, limits: Limits) -> None:
        """Start at zero, and now."""
        self.limits = limits
        self.sent = 0
        self._rate = limits.rate
        self._next = time.monotonic()
        self._times = deque([self._next], maxlen=MOST_MEASURED)

    async def take(self) -> None:
        """Count a request and wait until it may be sent; raises `LimitError` if it exceeds the limits."""
        limits, now = self.limits, time.monotonic()
        if limits.max_requests is not None and self.sent >= limits.max_requests:
            raise LimitError(f"--max-requests {limits.max_requests} is used up")
        limits.check_budget()
        self.sent += 1
        if self._rate is not None:
            self._next = max(now, self._next) + 1 / self._rate
            await limits.pause(self._next - 1 / self._rate - now)
            limits.check_budget()
        self._times.append(time.monotonic())

    def slow_down(self) -> None:
        """Send a quarter of the requests of the last second in each one from now on, as the target asks for fewer."""
        latest = self._times[-1]
        measured = sum(latest - each < 1 for each in self._times)
        self._rate = min(self._rate or measured, max(measured / 4, LOWEST_RATE))
