"""Servers that do not implement the API."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from conformance.proof.servers import QuietHandler, threaded

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[str]:
    """Run a server that gives the same answer to every request; yields its URL."""

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # it would hold back each body on a kept connection, which takes 40 ms

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with threaded(Handler) as url:
        yield url


@contextmanager
def raw(answer: bytes, *, close: bool = True) -> Iterator[str]:
    """Run a server that sends these bytes on each connection after it has received something; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            try:
                connection.recv(65536)
                connection.sendall(answer)
                if close:
                    connection.shutdown(socket.SHUT_RDWR)
                    connection.close()
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in connections:
            connection.close()


@contextmanager
def trickling(head: bytes, piece: bytes) -> Iterator[str]:
    """Run a server that answers with a head, and then with pieces until the client leaves; yields its URL."""
    over = threading.Event()

    class Handler(QuietHandler):
        def handle(self) -> None:
            self.connection.recv(65536)
            with suppress(OSError):
                self.connection.sendall(head)
                while not over.wait(0.01):
                    self.connection.sendall(piece)

    with threaded(Handler) as url:
        try:
            yield url
        finally:
            over.set()


@contextmanager
def holding(*events: threading.Event) -> Iterator[tuple[str, threading.Event]]:
    """Run a server that closes each connection once all events are set; without events, at its end.

    Yields its URL, and an event that is set by the first connection.
    """
    called, over = threading.Event(), threading.Event()

    class Handler(QuietHandler):
        def handle(self) -> None:
            called.set()
            for event in events:
                event.wait()
            if not events:
                over.wait()

    with threaded(Handler) as url:
        try:
            yield url, called
        finally:
            over.set()


def unused_port() -> int:
    """Return a port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
