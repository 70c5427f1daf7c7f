"""How fast a run goes, and how long it has left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.ledger import LedgerError
from conformance.requirements import SCENARIOS
from conformance.stimuli.typical import REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.campaign import Campaign

__all__ = ["Pace", "coming", "duration"]

RATED_SECONDS, RATED_REQUESTS = 1.0, 3
"""Before that time, or with fewer requests, there is no rate to speak of."""
SETTLED_SECONDS, SETTLED_REQUESTS = 3.0, 10
"""Before that time, or with fewer requests, a rate says nothing of the rest of the run."""


@dataclass(frozen=True)
class Pace:
    """What is known of a run that goes on.

    Attributes:
        sent: Requests so far.
        seconds: Time that they have taken.
        remaining: Requests still to come, as far as is known; None if it is not.
        budget: Seconds after which no request is started; None for no limit.
    """

    sent: int
    seconds: float
    remaining: int | None = None
    budget: float | None = None

    @property
    def rate(self) -> float | None:
        """Requests a second; None as long as that would say nothing."""
        rated = self.sent >= RATED_REQUESTS and self.seconds >= RATED_SECONDS
        return self.sent / self.seconds if rated else None

    @property
    def left(self) -> float | None:
        """Seconds that the run has left, if it goes on like this; None if that cannot be told."""
        if self.remaining is None or self.sent < SETTLED_REQUESTS or self.seconds < SETTLED_SECONDS:
            return None
        seconds = self.remaining * self.seconds / self.sent
        return seconds if self.budget is None else max(0.0, min(seconds, self.budget - self.seconds))

    @property
    def facts(self) -> list[str]:
        """What is known, in a few words each, the most important first."""
        said = [f"{self.sent} request{'' if self.sent == 1 else 's'}"]
        if self.rate is not None:
            said.append(f"{self.rate:.1f}/s")
        if self.left:
            said.append(f"about {duration(self.left)} left")
        return said


def duration(seconds: float) -> str:
    """Return a time as roughly as an estimate may be told: in steps of five seconds, or in minutes."""
    if seconds < 90:  # from there on, seconds are of no interest
        return f"{5 * max(1, math.ceil(seconds / 5))} s"
    return f"{round(seconds / 60)} min"


def coming(stimuli: Iterable[str], campaign: Campaign) -> int | None:
    """Return how many requests these stimuli are likely to send, within what the run may use; None if unknown."""
    try:
        played = [name for name in stimuli if name not in SCENARIOS or campaign.missing(SCENARIOS[name]) is None]
    except LedgerError:  # which is told by what needs the ledger
        return None
    number, most = sum(REQUESTS.get(name, 0) for name in played), campaign.settings.max_requests
    return number if most is None else max(0, min(number, most - campaign.sent))
