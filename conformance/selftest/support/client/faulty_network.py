"""A network between a client and a server that can break at any point of an exchange."""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from conformance.proof.servers import QuietHandler, threaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """A fault of the network during one request.

    Attributes:
        passed: Octets of the request that reach the server; None for all.
        returned: Octets of the answer that reach the client; None for all.
        instead: An answer of a gateway, given instead of the server's.
        end: The end of the connection.
    """

    passed: int | None = None
    returned: int | None = None
    instead: bytes | None = None
    end: Literal["kept", "closed", "reset", "silent"] = "kept"


@contextmanager
def faulty_network(server: str, faults: Sequence[Fault]) -> Iterator[str]:
    """Apply these faults to consecutive requests, and none to later ones; yields the URL that replaces the server's.

    At the end, all requests that reached the server have been answered.
    """
    plan, place, threads = iter(faults), urlsplit(server), list[threading.Thread]()

    class Handler(QuietHandler):
        def handle(self) -> None:
            threads.append(threading.current_thread())
            fault = Fault()
            while fault.end == "kept" and (request := read_message(self.connection)):
                fault = next(plan, Fault())
                answer = fault.instead or _asked((str(place.hostname), int(place.port or 80)), request, fault.passed)
                self.connection.sendall(answer[: fault.returned])
            if fault.end == "silent":
                self.connection.recv(1)
            if fault.end == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                self.connection.close()

    with threaded(Handler) as url:
        yield url
    for thread in threads:
        thread.join()


def _asked(server: tuple[str, int], request: bytes, passed: int | None) -> bytes:
    with socket.create_connection(server, timeout=30) as connection:
        connection.sendall(request[:passed])
        return read_message(connection) if passed is None or passed >= len(request) else b""


def read_message(connection: socket.socket) -> bytes:
    """Read one message with its body; empty if the peer closes the connection before its end."""
    message = b""
    while not _is_complete(message):
        try:
            part = connection.recv(65536)
        except ConnectionError:
            part = b""
        if not part:
            return b""
        message += part
    return message


def _is_complete(message: bytes) -> bool:
    head, end, body = message.partition(b"\r\n\r\n")
    length = CONTENT_LENGTH.search(head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)
