"""A server on a socket, which leaves to others what it does to whoever connects."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["HOST", "Listener", "Peer", "answer", "header", "listening"]

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Peer:
    """Somebody who has connected.

    Attributes:
        socket: The connection.
        closing: Set when the server is to end.
    """

    socket: socket.socket
    closing: threading.Event

    def request(self) -> bytes:
        """Read one request, head and body; what came of it where the other side ends too early."""
        received = b""
        while b"\r\n\r\n" not in received:
            octets = self.socket.recv(65536)
            if not octets:
                return received
            received += octets
        head, _, body = received.partition(b"\r\n\r\n")
        left = int(header(head, b"content-length") or 0) - len(body)
        while left > 0:
            octets = self.socket.recv(65536)
            if not octets:
                break
            left -= len(octets)
            received += octets
        return received

    def send(self, octets: bytes) -> None:
        """Send all of it; raises `OSError` once nobody reads any more."""
        self.socket.sendall(octets)

    def drip(self, octets: bytes) -> None:
        """Send one octet a second."""
        for octet in octets:
            self.send(bytes([octet]))
            if self.closing.wait(1):
                return

    def flood(self, octets: bytes) -> None:
        """Send it over and over again."""
        while not self.closing.is_set():
            self.send(octets)

    def wait(self) -> None:
        """Do nothing until the server ends."""
        self.closing.wait()


class Listener:
    """A server that treats each peer in a thread of its own, and closes the connection then.

    Attributes:
        port: Where it listens, on 127.0.0.1.
    """

    def __init__(self, handle: Callable[[Peer], None], tls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._handle = handle
        self._tls = tls
        self._closing = threading.Event()
        self._connections: list[socket.socket] = []
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.port = int(self._listener.getsockname()[1])
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Base URL, by the scheme that is spoken."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def die(self) -> None:
        """Listen no more; the connections that are open stay so."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """End all connections, and return when all threads have ended."""
        self._closing.set()
        self.die()
        self._threads[0].join()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._connections.append(connection)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self._tls is None:
                self._handle(Peer(connection, self._closing))
                return
            with self._tls.wrap_socket(connection, server_side=True) as stream:
                self._handle(Peer(stream, self._closing))


@contextlib.contextmanager
def listening(handle: Callable[[Peer], None], tls: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """Run a server while the block runs."""
    listener = Listener(handle, tls)
    try:
        yield listener
    finally:
        listener.close()


def header(head: bytes, name: bytes) -> bytes | None:
    """Return the value of a field line of a request's head; the name in lower case."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, reason: str = "Status") -> bytes:
    """Return a response that closes the connection; JSON unless the headers say something else."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    lines = [
        f"HTTP/1.1 {status} {reason}",
        *(f"{name}: {value}" for name, value in {**fields, **(headers or {})}.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
