"""The events of a run, in the order in which they happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    from conformance.exchange.exchange import Exchange

__all__ = ["Event", "ExchangeRecorded", "ScenarioEnded", "ScenarioStarted", "ViolationFound"]


@dataclass(frozen=True)
class ScenarioStarted:
    """A scenario or phase begins.

    Attributes:
        name: Its name.
    """

    name: str


@dataclass(frozen=True)
class ExchangeRecorded:
    """A request was sent, and its outcome was judged.

    Attributes:
        exchange: The exchange.
    """

    exchange: Exchange


@dataclass(frozen=True)
class ViolationFound:
    """A requirement is violated by the last exchange, or by the scenario as a whole.

    Attributes:
        requirement: ID of the requirement.
        exchange: The exchange that shows the violation.
    """

    requirement: str
    exchange: Exchange


@dataclass(frozen=True)
class ScenarioEnded:
    """A scenario or phase ends.

    Attributes:
        name: Its name.
        sent: Number of its requests.
    """

    name: str
    sent: int


Event: TypeAlias = "ScenarioStarted | ExchangeRecorded | ViolationFound | ScenarioEnded"
