"""Connections whose answers a test makes, to a mock that is in this process without sockets."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.mock.settings import MockSettings
from conformance.proof.direct import connecting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.config.settings import Settings
    from conformance.exchange.exchange import Request
    from conformance.exchange.transport import Outcome, Transport
    from conformance.target.connection import Connection

__all__ = ["ChangedTransport", "changing"]


@dataclass
class ChangedTransport:
    """A transport whose outcomes a function changes."""

    transport: Transport
    change: Callable[[Outcome], Outcome]

    @property
    def sent(self) -> int:
        return self.transport.sent

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        return list(map(self.change, self.transport.send(requests, repeatable=repeatable)))

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        return list(map(self.change, self.transport.send_in_turn(requests, repeatable=repeatable)))


@contextmanager
def changing(change: Callable[[Outcome], Outcome], settings: Settings, *faults: str) -> Iterator[Connection]:
    """Connect to a mock with these faults, and change each of its answers."""
    with connecting(MockSettings(faults=faults), settings) as connection:
        transport = ChangedTransport(connection.transport, change)
        yield replace(connection, transport=transport)
