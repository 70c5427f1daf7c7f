"""Several small connection pools instead of one large pool.

For each request, a pool of httpcore examines each of its connections several times, and the work grows with the square
of their number. With 50 simultaneous callers that takes longer than the rest of a call.
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
"""The limits of each pool; 24 pools have 96 connections."""


@define(eq=False)
class _Pool(Generic[T]):
    transport: T
    busy: int = 0


@define(eq=False)
class _Choice(Generic[T]):
    """The choice of the first pool with a free connection, so that consecutive calls use the same connection."""

    _make: Callable[[], T]
    pools: list[_Pool[T]] = field(factory=list[_Pool[T]])
    _lock: threading.Lock = field(factory=threading.Lock)

    @contextmanager
    def transport(self) -> Generator[T, None, None]:
        """Provide the transport of a pool."""
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
    """A transport that uses a pool with a free connection; if there is none, callers wait for each other."""

    def __init__(self, make: Callable[[], httpx.BaseTransport]) -> None:
        """Prepare the pools; `make` returns the transport of a new one."""
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
    """A `Pools` for asyncio and trio."""

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        """Prepare the pools; `make` returns the transport of a new one."""
        self._choice = _Choice(make)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        with self._choice.transport() as transport:
            return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._choice.pools:
            await pool.transport.aclose()
