"""The bodies of answers, which are received as a whole, up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import httpx
from drs_batch_client.runtime import deadlines
from drs_batch_client.runtime.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LARGEST", "AsyncBounded", "Bounded", "received", "received_async"]

LARGEST = 4 * 1024 * 1024
"""Most octets of a body, as it is sent and decoded. Those of the service have a few hundred."""

_PIECE = 256
"""Octets that are decoded at once. Those of gzip become at most about a thousand times as many."""

_CODINGS = ("", "identity", "gzip", "deflate")


class Bounded(httpx.BaseTransport):
    """A transport of the user, whose answers are received as a whole, up to the limit."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        response = self._transport.handle_request(request)
        Delivery.note(request, response)
        return received(response)

    def close(self) -> None:
        """Close the other transport."""
        self._transport.close()


class AsyncBounded(httpx.AsyncBaseTransport):
    """A `Bounded` for asyncio and trio."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        response = await self._transport.handle_async_request(request)
        Delivery.note(request, response)
        return await received_async(response)

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._transport.aclose()


def received(response: httpx.Response) -> httpx.Response:
    """Return an answer whose body has been received, still encoded, and close the given one.

    Raises:
        httpx.TimeoutException: The deadline of the call passes before the last part has come.
        httpx.RemoteProtocolError: The body is too large, as it is sent or decoded.
    """
    body = bytearray()
    try:
        for part in cast("httpx.SyncByteStream", response.stream):
            if body:  # an answer that has come as a whole counts, even late
                deadlines.checked()
            _add(body, part)
    finally:
        response.close()
    return _complete(response, bytes(body))


async def received_async(response: httpx.Response) -> httpx.Response:
    """Return an answer whose body has been received, like `received`."""
    body = bytearray()
    try:
        async for part in cast("httpx.AsyncByteStream", response.stream):
            _add(body, part)
    finally:
        await response.aclose()
    return _complete(response, bytes(body))


def _add(body: bytearray, part: bytes) -> None:
    body += part
    if len(body) > LARGEST:
        raise _too_large()


def _too_large() -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(f"the answer has more than {LARGEST} octets")


class _Pieces(httpx.SyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._body), _PIECE):
            yield self._body[start : start + _PIECE]


def _complete(response: httpx.Response, body: bytes) -> httpx.Response:
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in _CODINGS:
        # Each of several codings could multiply the size, and others are not asked for.
        raise httpx.RemoteProtocolError("the answer has a content coding that was not asked for")
    if coding:
        decoded = 0
        for part in httpx.Response(response.status_code, headers=response.headers, stream=_Pieces(body)).iter_bytes():
            decoded += len(part)
            if decoded > LARGEST:
                raise _too_large()
    stream = httpx.ByteStream(body)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream, extensions=response.extensions)
