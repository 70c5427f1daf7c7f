"""A mock, and functions that forward requests to it."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.support.hostile.listening import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.selftest.support.hostile.listening import Peer

__all__ = ["correct", "relay", "relay_request"]


@contextlib.contextmanager
def correct(token: str) -> Iterator[int]:
    """Run a mock without its control interface; yields its port."""
    with EmbeddedServer(MockSettings(token=token, control=False)) as server:
        yield urlsplit(server.url).port or 0


def relay(peer: Peer, port: int) -> None:
    """Forward one request and its answer; nothing if the client sends nothing."""
    relay_request(peer, port, peer.request())


def relay_request(peer: Peer, port: int, request: bytes) -> None:
    """Forward a request that was already read, and its answer."""
    line, end, rest = request.partition(b"\r\n")
    if not end:
        return
    with socket.create_connection((HOST, port)) as behind:
        behind.sendall(b"\r\n".join((line, b"Connection: close", rest)))
        while octets := behind.recv(65536):
            peer.send(octets)
