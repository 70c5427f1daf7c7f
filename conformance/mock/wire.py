"""Octets that are sent in place of well-formed HTTP, for faults below HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

__all__ = ["EXTENSION", "End", "RawConnection", "Transmission", "Wire", "serialized", "transmit"]

EXTENSION = "conformance.wire"
"""The key of the `RawConnection` in the extensions of an ASGI scope."""


class End(Enum):
    """End of the connection, after all octets."""

    CLOSE = "closed"
    RESET = "reset, which may discard octets already sent"
    HANG = "left open until the client closes it"


@dataclass(frozen=True)
class Transmission:
    """All further octets of a connection.

    Attributes:
        chunks: The octets, in the chunks in which they are written; may be endless.
        end: How the connection ends after them.
        pause: Seconds to wait after each chunk.
    """

    chunks: Iterable[bytes]
    end: End = End.CLOSE
    pause: float = 0.0


@dataclass(frozen=True)
class RawConnection:
    """The facts about a request's connection that ASGI does not pass on.

    Attributes:
        transmit: Sends octets on the connection, and ends it as requested.
        names: The header names in the case in which they were sent.
        number: The number of this request on the connection, from 1.
        pipelined: Whether the next request has come already.
        withhold: Makes the server send no 100 for this request.
    """

    transmit: Callable[[Transmission], Awaitable[None]]
    names: tuple[bytes, ...]
    number: int
    pipelined: bool
    withhold: Callable[[], None]


Wire = Callable[[bytes], Transmission]
"""Returns a transmission for the octets of a well-formed response, which has a Content-Length."""


def serialized(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Return the octets of a response that closes the connection."""
    fields = [(b"date", formatdate(usegmt=True).encode())]
    fields += [pair for pair in headers if pair[0] != b"content-length"]
    fields += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return head + b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n" + body


async def transmit(transmission: Transmission, scope: Scope, receive: Receive) -> None:
    """Send octets on the connection of a request, and return when it has ended; requires the server of the mock."""
    connection: RawConnection = scope["extensions"][EXTENSION]
    await connection.transmit(transmission)
    # If the application returned without an answer while the client is connected, the server would answer.
    while (await receive())["type"] != "http.disconnect":
        pass
