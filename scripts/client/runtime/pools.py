"""The pools of connections of a client. One is replaced where it cannot be used: in another process or event loop.

A pool of httpcore may lose a place for a connection when a call is cancelled, and waits for it forever. So a pool is
also replaced after such a call. Other calls end in the old pool, which is then closed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic, TypeVar

import httpx
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lease", "Leases", "is_broken"]

T = TypeVar("T")

_CONNECTIONS = 100
"""The limit of a pool of the HTTP library."""


@define(eq=False)
class Lease(Generic[T]):
    """A transport, and the calls that use it."""

    transport: T
    process: int
    number: int
    calls: set[object] = field(factory=set[object])


@define(eq=False)
class Leases(Generic[T]):
    """The transports of one event loop, or of blocking code. It has no lock, which a fork could leave locked.

    An event loop keeps it as long as it runs, so that it keeps nothing of a pool that was closed.
    """

    _leases: dict[tuple[int, int], Lease[T]] = field(factory=dict[tuple[int, int], Lease[T]])
    _number: int = 0

    def current(self, make: Callable[[], T]) -> Lease[T]:
        """Return the transport for a new call; `make` returns one with connections of its own."""
        process, number = os.getpid(), self._number
        # dict.setdefault is atomic. What the parent process has is kept, so that it is not closed here.
        return self._leases.get((process, number)) or self._leases.setdefault(
            (process, number), Lease(make(), process, number)
        )

    def retire(self, lease: Lease[T]) -> None:
        """Use no transport for new calls that is as old as a given one."""
        self._number = max(self._number, lease.number + 1)

    def unused(self, lease: Lease[T]) -> T | None:
        """Return a transport that can be closed since it was retired and has no calls; None otherwise."""
        if lease.number >= self._number or lease.calls:
            return None
        self._leases.pop((lease.process, lease.number), None)
        return lease.transport

    def pop_own(self) -> list[T]:
        """Remove all transports of this process, and return them."""
        own = [key for key in tuple(self._leases) if key[0] == os.getpid()]
        return [lease.transport for key in own if (lease := self._leases.pop(key, None)) is not None]


def is_broken(error: BaseException, lease: Lease[T]) -> bool:
    """Return whether a transport may be unusable after an exception that ended a call, such as a cancellation."""
    if isinstance(error, httpx.PoolTimeout):
        return len(lease.calls) <= _CONNECTIONS
    return not isinstance(error, httpx.TransportError)
