"""Several small pools of connections in place of a large one.

For each request, a pool of httpcore looks at each of its connections several times, with work that grows by the square
of their number: with 50 callers at once that takes longer than all the rest of a call.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

import httpx
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["LIMITS", "AsyncPools", "Pools"]

T = TypeVar("T")

_SIZE = 4
_MOST = 24

LIMITS = httpx.Limits(max_connections=_SIZE, max_keepalive_connections=_SIZE)
"""What each pool may hold: 96 connections in all."""


@define(eq=False)
class _Pool(Generic[T]):
    transport: T
    busy: int = 0


@define(eq=False)
class _Choice(Generic[T]):
    """The first pool that has a connection to spare; so one caller after the other has always the same connection."""

    _make: Callable[[], T]
    pools: list[_Pool[T]] = field(factory=list[_Pool[T]])
    _lock: threading.Lock = field(factory=threading.Lock)

    @contextmanager
    def transport(self) -> Generator[T, None, None]:
        """Lend the transport of a pool."""
        with self._lock:
            pool = self._free()
            pool.busy += 1
        try:
            yield pool.transport
        finally:
            with self._lock:
                pool.busy -= 1

    def _free(self) -> _Pool[T]:
        for pool in self.pools:
            if pool.busy < _SIZE:
                return pool
        if len(self.pools) < _MOST:
            self.pools.append(_Pool(self._make()))
            return self.pools[-1]
        return min(self.pools, key=lambda pool: pool.busy)


class Pools(httpx.BaseTransport):
    """Sends each request by a pool that is not busy; callers beyond all pools wait for one another."""

    def __init__(self, make: Callable[[], httpx.BaseTransport]) -> None:
        """Take what makes a pool."""
        self._choice = _Choice(make)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        with self._choice.transport() as transport:
            return transport.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        for pool in self._choice.pools:
            pool.transport.close()


class AsyncPools(httpx.AsyncBaseTransport):
    """Does the same for asyncio and trio."""

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        """Take what makes a pool."""
        self._choice = _Choice(make)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        with self._choice.transport() as transport:
            return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._choice.pools:
            await pool.transport.aclose()
