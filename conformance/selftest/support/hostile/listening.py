"""A server on a socket that passes each connection to a function."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["HOST", "Listener", "Peer", "answer", "header", "listening"]

HOST = "127.0.0.1"
MAX_HEAD = 1 << 20


@dataclass(frozen=True)
class Peer:
    """A connected client.

    Attributes:
        socket: The connection.
        closing: Set when the server is about to close.
    """

    socket: socket.socket
    closing: threading.Event

    def request(self) -> bytes:
        """Read one request, head and body; return the part that arrived if the client closes early."""
        parser, received = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD), b""
        with contextlib.suppress(h11.RemoteProtocolError):
            while not isinstance(event := parser.next_event(), h11.EndOfMessage | h11.ConnectionClosed):
                if event is h11.NEED_DATA:
                    if parser.they_are_waiting_for_100_continue:
                        self.send(parser.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
                    octets = self.socket.recv(65536)
                    received += octets
                    parser.receive_data(octets)
        return received

    def send(self, octets: bytes) -> None:
        """Send all octets; raises `OSError` if the client has closed the connection."""
        self.socket.sendall(octets)

    def drip(self, octets: bytes) -> None:
        """Send one octet per second."""
        for octet in octets:
            self.send(bytes([octet]))
            if self.closing.wait(1):
                return

    def flood(self, octets: bytes) -> None:
        """Send the octets repeatedly until the server closes."""
        while not self.closing.is_set():
            self.send(octets)

    def wait(self) -> None:
        """Wait until the server closes."""
        self.closing.wait()


class Listener:
    """A server that handles each client in a separate thread and then closes the connection.

    Attributes:
        port: The port on 127.0.0.1.
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
        """The base URL."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    def stop_listening(self) -> None:
        """Stop listening; open connections stay open."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def close(self) -> None:
        """Close all connections, and return when all threads have ended."""
        self._closing.set()
        self.stop_listening()
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
    """Run a server for the length of the block."""
    listener = Listener(handle, tls)
    try:
        yield listener
    finally:
        listener.close()


def header(head: bytes, name: bytes) -> bytes | None:
    """Return the value of a header in the head of a request; `name` is in lower case."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, reason: str = "Status") -> bytes:
    """Return a response that closes the connection; its type is JSON unless the headers name another."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    lines = [
        f"HTTP/1.1 {status} {reason}",
        *(f"{name}: {value}" for name, value in {**fields, **(headers or {})}.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
