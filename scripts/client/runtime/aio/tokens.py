"""A token or access key that is requested once for all callers, for asyncio and trio."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from drs_batch_client.runtime.errors import DrsError
from drs_batch_client.runtime.renewal import Cache, CachedAuth
from drs_batch_client.runtime.retries import SIGN_AGAIN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    import httpx
    from drs_batch_client.runtime.renewal import Issued

__all__ = ["AsyncRenewedAuth", "AsyncTokens"]

T = TypeVar("T")


class AsyncTokens(Cache[T]):
    """A cache for asyncio and trio."""

    async def get_async(self, fetch: Callable[[], Awaitable[Issued[T]]], *, rejected: T | None = None) -> T:
        """Return a valid token, requesting one if necessary.

        Args:
            fetch: Requests a token; raises `DrsError`.
            rejected: A token that the service rejected although it should be valid.

        Raises:
            DrsError: No token can be had.
            TimeoutError: The deadline of the call has passed.
        """
        seen = self._state.attempts
        if not self._is_fresh(rejected):
            async with self._turn_async():
                if self._may_fetch(seen, rejected):
                    requested = self._clock()
                    try:
                        token = await fetch()
                    except DrsError as error:
                        self._fail(error, rejected)
                    else:
                        self._keep(token, requested)
        return self._outcome(rejected)


class AsyncRenewedAuth(CachedAuth[T]):
    """Credentials with a token or key that is renewed, for asyncio and trio."""

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Add the token or signature to a request, and send it once more with new ones after a 401."""
        await request.aread()  # A body that comes in parts cannot be sent a second time.
        token = await self._renew_async(request)
        if self._signs:
            request.extensions = {**request.extensions, SIGN_AGAIN: self._renew_async}
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            await response.aread()  # An unread answer keeps its connection, which may be the only one.
            if await self._renew_async(request, rejected=token) != token or not self._signs:
                yield request

    async def _renew_async(self, request: httpx.Request, *, rejected: T | None = None) -> T:
        token = await self._cache.get_async(self._fetch_async, rejected=rejected)
        self._add(request, token)
        return token

    async def _fetch_async(self) -> Issued[T]:
        raise NotImplementedError
