"""A pool of connections that is replaced where its connections cannot be used: by another process or event loop.

A pool of httpcore may lose a place for a connection when a call is cancelled, and waits for it forever. So a pool is
also replaced after such a call. Other calls end in the old pool, which is then closed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic, TypeVar

import httpx
from anyio import CancelScope
from anyio.lowlevel import RunVar
from attrs import define, field
from drs_batch_client.runtime.bodies import received, received_async

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AsyncPool", "Pool"]

T = TypeVar("T")

_CONNECTIONS = 100
"""The limit of a pool of the HTTP library."""


@define(eq=False)
class _Lease(Generic[T]):
    """A transport, and the calls that use it."""

    transport: T
    process: int
    number: int
    calls: set[object] = field(factory=set[object])


@define(eq=False)
class _Leases(Generic[T]):
    """The transports of one event loop, or of blocking code. It has no lock, which a fork could leave locked."""

    _make: Callable[[], T]
    _leases: dict[tuple[int, int], _Lease[T]] = field(factory=dict[tuple[int, int], _Lease[T]])
    _number: int = 0

    def current(self) -> _Lease[T]:
        """Return the transport for a new call."""
        process, number = os.getpid(), self._number
        # dict.setdefault is atomic. What the parent process has is kept, so that it is not closed here.
        return self._leases.get((process, number)) or self._leases.setdefault(
            (process, number), _Lease(self._make(), process, number)
        )

    def retire(self, lease: _Lease[T]) -> None:
        """Use no transport for new calls that is as old as a given one."""
        self._number = max(self._number, lease.number + 1)

    def unused(self, lease: _Lease[T]) -> T | None:
        """Return a transport that can be closed since it was retired and has no calls; None otherwise."""
        if lease.number >= self._number or lease.calls:
            return None
        self._leases.pop((lease.process, lease.number), None)
        return lease.transport

    def own(self) -> list[T]:
        """Return all transports of this process."""
        return [lease.transport for lease in tuple(self._leases.values()) if lease.process == os.getpid()]


def _is_broken(error: BaseException, lease: _Lease[T]) -> bool:
    """Return whether a transport may be unusable after an exception that ended a call, such as a cancellation."""
    if isinstance(error, httpx.PoolTimeout):
        return len(lease.calls) <= _CONNECTIONS
    return not isinstance(error, httpx.TransportError)


class Pool(httpx.BaseTransport):
    """A pool for blocking code. It receives each answer as a whole, so that the end of a call is known."""

    def __init__(self, make: Callable[[], httpx.BaseTransport]) -> None:
        """Prepare the pool; `make` returns a transport with connections of its own."""
        self._leases = _Leases(make)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        lease, call = self._leases.current(), object()
        lease.calls.add(call)
        try:
            return received(lease.transport.handle_request(request))
        except BaseException as error:
            if _is_broken(error, lease):
                self._leases.retire(lease)
            raise
        finally:
            lease.calls.discard(call)
            if (unused := self._leases.unused(lease)) is not None:
                unused.close()

    def close(self) -> None:
        """Close the connections of this process."""
        for transport in self._leases.own():
            transport.close()


class AsyncPool(httpx.AsyncBaseTransport):
    """A pool for each event loop, of asyncio or trio. It receives each answer as a whole."""

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        """Prepare the pools; `make` returns a transport with connections of its own."""
        self._make = make
        self._of_the_loop: RunVar[_Leases[httpx.AsyncBaseTransport]] = RunVar("drs_batch_client.pool")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        leases = self._leases()
        lease, call = leases.current(), object()
        lease.calls.add(call)
        try:
            return await received_async(await lease.transport.handle_async_request(request))
        except BaseException as error:
            if _is_broken(error, lease):
                leases.retire(lease)
            raise
        finally:
            lease.calls.discard(call)
            if (unused := leases.unused(lease)) is not None:
                with CancelScope(shield=True):
                    await unused.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        for transport in self._leases().own():
            await transport.aclose()

    def _leases(self) -> _Leases[httpx.AsyncBaseTransport]:
        try:
            return self._of_the_loop.get()
        except LookupError:
            leases = _Leases(self._make)
            self._of_the_loop.set(leases)
            return leases
