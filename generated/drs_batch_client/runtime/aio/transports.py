"""The transports for asyncio and trio: retries, and below them a pool of connections or a transport of the user."""

from __future__ import annotations

from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import anyio
import httpx
from drs_batch_client.runtime import deadlines
from drs_batch_client.runtime.bodies import add, complete
from drs_batch_client.runtime.delivery import Delivery
from drs_batch_client.runtime.network import proxy_for, ssl_context
from drs_batch_client.runtime.pools import Leases, is_broken
from drs_batch_client.runtime.primitives import AsyncLocal, settled_async
from drs_batch_client.runtime.retries import ONCE, Retries, log_retry, own, sign_again, was_not_processed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from drs_batch_client.runtime.settings import Settings

__all__ = ["AsyncBounded", "AsyncPool", "AsyncRetryTransport", "answered_async", "retrying_async"]


class AsyncRetryTransport(httpx.AsyncBaseTransport):
    """A transport that sends each request through another one, and retries it as `Retries` says."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        retries: Retries,
        *,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._transport = transport
        self._retries = retries
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the answer or raise the error of the last attempt."""
        delivery = Delivery.entering(request, asynchronous=True)
        for attempt in count(1):
            outcome: httpx.Response | httpx.TransportError
            deadlines.limit(request, asynchronous=True)
            if delivery is not None:
                delivery.enter(request)
            try:
                outcome = await self._transport.handle_async_request(request)
            except httpx.TransportError as error:
                outcome = own(error, request)
                pause = self._retries.pause(attempt, outcome)
                if pause is None or not deadlines.allows(pause):
                    raise outcome  # noqa: B904 - the other error is its context
            else:
                if outcome.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                    await outcome.aread()
                if delivery is not None:
                    delivery.answered(outcome.status_code, outcome.headers, unprocessed=was_not_processed(outcome))
                pause = self._retries.pause(attempt, outcome)
                if pause is None or not deadlines.allows(pause):
                    return outcome
                await outcome.aclose()
            log_retry(request, attempt, outcome, pause)
            await self._sleep(pause)
            await settled_async(sign_again(request))
        raise AssertionError("count has no end")

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._transport.aclose()


class AsyncBounded(httpx.AsyncBaseTransport):
    """A transport of the user, whose answers are received as a whole, up to the limit."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        response = await self._transport.handle_async_request(request)
        Delivery.note(request, response)
        return await _received_async(response)

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._transport.aclose()


class AsyncPool(httpx.AsyncBaseTransport):
    """A pool of connections. It receives each answer as a whole, so that the end of a call is known."""

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        """Prepare the pool; `make` returns a transport with connections of its own."""
        self._make = make
        self._leases: AsyncLocal[Leases[httpx.AsyncBaseTransport]] = AsyncLocal(Leases)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        leases = self._leases.get()
        lease, call = leases.current(self._make), object()
        lease.calls.add(call)
        try:
            return await _received_async(await lease.transport.handle_async_request(request))
        except BaseException as error:
            if is_broken(error, lease):
                leases.retire(lease)
            raise
        finally:
            lease.calls.discard(call)
            if (unused := leases.unused(lease)) is not None:
                with anyio.CancelScope(shield=True):
                    await unused.aclose()

    async def aclose(self) -> None:
        """Close the connections that can be used here."""
        for transport in self._leases.get().pop_own():
            await transport.aclose()


def retrying_async(settings: Settings, url: str) -> httpx.AsyncBaseTransport:
    """Return the transport for requests to a server."""
    transport: httpx.AsyncBaseTransport
    if settings.async_transport is not None:
        transport = AsyncBounded(settings.async_transport)
    else:
        verify, proxy = ssl_context(settings), proxy_for(settings, url)
        transport = AsyncPool(lambda: httpx.AsyncHTTPTransport(verify=verify, proxy=proxy))
    return AsyncRetryTransport(transport, settings.retries or ONCE)


async def answered_async(settings: Settings, url: str, arguments: Mapping[str, Any]) -> httpx.Response:
    """Return the answer to a request besides the calls; the user's own client or transport stays open.

    Args:
        settings: How it is sent.
        url: The base URL of the server.
        arguments: Arguments of `httpx.AsyncClient.build_request`.
    """
    http = settings.async_http_client or httpx.AsyncClient(
        transport=retrying_async(settings, url), timeout=settings.timeout
    )
    try:
        request = http.build_request(**arguments)
        deadlines.limit(request, asynchronous=True)
        # The user's own client may have credentials of its own, and follow redirects.
        return await http.send(request, auth=None, follow_redirects=False)
    finally:
        if settings.async_http_client is None and settings.async_transport is None:
            await http.aclose()


async def _received_async(response: httpx.Response) -> httpx.Response:
    """Return an answer whose body has been received, still encoded, and close the given one.

    Raises:
        httpx.TimeoutException: The deadline of the call passes before the last part has come.
        httpx.RemoteProtocolError: The body is too large, as it is sent or decoded.
    """
    body = bytearray()
    try:
        async for part in cast("httpx.AsyncByteStream", response.stream):
            if body:  # an answer of one part counts when it has come, even late
                deadlines.checked()
            add(body, part)
    finally:
        await response.aclose()
    return complete(response, bytes(body))
