"""Servers that are anything but the API."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.proof.servers import QuietHandler, threaded

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[str]:
    """Run a server that has one answer to everything; gives its URL."""

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

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
    """Run a server that sends these bytes to whoever connects, whatever they say."""
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
def holding(*events: threading.Event) -> Iterator[tuple[str, threading.Event]]:
    """Run a server that hangs up on callers once these have happened, or else at its end.

    Gives its URL, and what tells of the first call.
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
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
