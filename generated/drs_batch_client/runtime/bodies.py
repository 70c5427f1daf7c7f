"""The bodies of answers, which are received as a whole, up to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LARGEST", "add", "complete"]

LARGEST = 4 * 1024 * 1024
"""Most octets of a body, as it is sent and decoded. Those of the service have a few hundred."""

_PIECE = 256
"""Octets that are decoded at once. Those of gzip become at most about a thousand times as many."""

_CODINGS = ("", "identity", "gzip", "deflate")


def add(body: bytearray, part: bytes) -> None:
    """Add a part of a body.

    Raises:
        httpx.RemoteProtocolError: The body is too large, as it is sent.
    """
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


def complete(response: httpx.Response, body: bytes) -> httpx.Response:
    """Return an answer with its body, still encoded.

    Raises:
        httpx.RemoteProtocolError: The body is too large, as it is decoded, or has a coding that was not asked for.
    """
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
