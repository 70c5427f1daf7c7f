"""What a run would send, told by a rehearsal of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from conformance.exchange.exchange import Exchange

__all__ = ["PlannedStimulus", "plan"]


@dataclass
class PlannedStimulus:
    """What a stimulus would send.

    Attributes:
        name: Its name.
        requests: How many requests.
        committable: The batches among those it names that could be committed.
    """

    name: str
    requests: int = 0
    committable: set[str] = field(default_factory=set)


def plan(exchanges: Iterable[Exchange], committable: Collection[str]) -> list[PlannedStimulus]:
    """Say what each stimulus of a rehearsal would have sent, given the batches that could be committed."""
    planned: dict[str, PlannedStimulus] = {}
    for exchange in exchanges:
        entry = planned.setdefault(exchange.stimulus, PlannedStimulus(exchange.stimulus))
        entry.requests += 1
        if exchange.situation.batch_id in committable:
            entry.committable.add(exchange.situation.batch_id)
    return list(planned.values())
