"""The interface of transports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from conformance.exchange.exchange import Response, TransportFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Request

__all__ = ["Outcome", "Transport"]

Outcome = Response | TransportFailure
"""The response to a request, or the reason why there is none."""


class Transport(Protocol):
    """Sends requests, one after another or at the same time."""

    @property
    def sent(self) -> int:
        """Number of requests sent so far."""

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Send the requests at the same time and return their outcomes in order.

        Args:
            requests: The requests.
            repeatable: Whether they may be sent again if the target asks to retry. Never true if one of them names a
                batch that may be committed, since a target that asks to retry may have committed it all the same.

        Raises:
            LimitError: The run has used up its requests or its time.
        """

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Send the requests one after another on one connection, as long as the target keeps it open."""
