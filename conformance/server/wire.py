"""Octets that are sent in place of well-formed HTTP, for faults below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

__all__ = ["EXTENSION", "End", "RawConnection", "Transmission", "Wire", "serialized", "transmit"]

EXTENSION = "conformance.wire"
"""Key in the extensions of an ASGI scope: there is the `Connection` of the request."""


class End(Enum):
    """What becomes of the connection when all octets have been sent."""

    CLOSE = "closed"
    RESET = "reset, which may overtake what was sent"
    HANG = "left open until the client closes it"


@dataclass(frozen=True)
class Transmission:
    """What is sent on a connection from now on.

    Attributes:
        chunks: The octets, in the portions in which they are written; may be endless.
        end: What becomes of the connection then.
        pause: Seconds after each portion.
    """

    chunks: Iterable[bytes]
    end: End = End.CLOSE
    pause: float = 0.0


@dataclass(frozen=True)
class RawConnection:
    """What ASGI does not tell of a request and its connection.

    Attributes:
        transmit: Sends octets on it, and ends it as told.
        names: The names of the request's headers as they are spelt.
        number: How many requests came on it so far, with this one.
    """

    transmit: Callable[[Transmission], Awaitable[None]]
    names: tuple[bytes, ...]
    number: int


Wire = Callable[[bytes], Transmission]
"""Makes a transmission of the octets of a well-formed response, which has a Content-Length."""


def serialized(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Return the octets of a response after which the connection is closed."""
    fields = [pair for pair in headers if pair[0] != b"content-length"]
    fields += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return head + b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n" + body


async def transmit(transmission: Transmission, scope: Scope, receive: Receive) -> None:
    """Send octets on the connection of a request, and return when it has ended; needs the mock's own server."""
    connection: RawConnection = scope["extensions"][EXTENSION]
    await connection.transmit(transmission)
    # The server answers by itself when an application returns without an answer to a client that is still there.
    while (await receive())["type"] != "http.disconnect":
        pass
