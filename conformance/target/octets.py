"""Connections of httpcore that keep the octets of each answer, trusted certificates, and the meaning of errors.

httpcore is used without httpx, which has no place for a network backend of ours.
"""

from __future__ import annotations

import functools
import ssl
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import anyio
import httpcore
import httpx

from conformance.exchange.exchange import TransportFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conformance.exchange.exchange import FailureKind

__all__ = ["ERRORS", "RESET", "Received", "failure", "kept", "open_pool", "ssl_context"]

RESET = "the target closed the connection"
"""Detail of an error for which httpcore has no message."""

MAX_KEPT = (1 << 20) + (1 << 16)
"""Octets of an answer that are kept, as many as the longest content and head that are read."""


class Received:
    """What came after a request.

    Attributes:
        octets: The octets, also those of a message that httpcore refuses.
        ended: Whether the target has closed the connection.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.octets = bytearray()
        self.ended = False


_received: ContextVar[Received] = ContextVar("received")


@contextmanager
def kept() -> Iterator[Received]:
    """Keep the octets that this task receives while the block runs."""
    received = Received()
    token = _received.set(received)
    try:
        yield received
    finally:
        _received.reset(token)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection whose octets are kept."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - of httpcore
        octets = await self._stream.read(max_bytes, timeout)
        received = _received.get()
        received.ended = not octets
        if len(received.octets) < MAX_KEPT:
            received.octets += octets
        return octets

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - of httpcore
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - of httpcore
    ) -> httpcore.AsyncNetworkStream:
        # What came before is the answer of a proxy.
        _received.get().octets.clear()
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore declares it
        return self._stream.get_extra_info(info)


class _Backend(httpcore.AnyIOBackend):
    """Opens such connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await super().connect_tcp(host, port, timeout, local_address, socket_options))


def open_pool(
    *, context: ssl.SSLContext, proxy: str | None, connections: int | None, idle: int
) -> httpcore.AsyncConnectionPool:
    """Return a pool of connections.

    Args:
        context: Decides which certificates are trusted.
        proxy: URL of an HTTP proxy to use, which may contain credentials.
        connections: Maximum of connections; None for no limit.
        idle: Maximum of connections that are kept for further requests.
    """
    return httpcore.AsyncConnectionPool(
        ssl_context=context,
        proxy=None if proxy is None else _proxy(httpx.URL(proxy)),
        max_connections=connections,
        max_keepalive_connections=idle,
        network_backend=_Backend(),
    )


def _proxy(url: httpx.URL) -> httpcore.Proxy:
    address = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore.Proxy(address, auth=(url.username.encode(), url.password.encode()) if url.userinfo else None)


@functools.cache
def ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts this machine's certificates, or those of a file; cached, since loading is slow."""
    return ssl.create_default_context(cafile=ca_file)


ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
)
"""Errors of a call; httpcore lets out those of TLS that come after the handshake."""


def failure(error: Exception) -> TransportFailure:
    """Return the failure that one of `ERRORS` means."""
    reset = isinstance(error, (httpcore.ReadError, httpcore.WriteError)) and not str(error)
    return TransportFailure(_kind(error), RESET if reset else str(error) or type(error).__name__)


def _kind(error: Exception) -> FailureKind:
    if isinstance(error, (httpcore.ConnectError, httpcore.ProxyError)):
        return "insecure" if _is_tls_error(error) else "unreachable"
    return "unsendable" if isinstance(error, httpcore.LocalProtocolError) else "protocol"


def _is_tls_error(error: BaseException | None) -> bool:
    """Return whether the target was reached and TLS failed."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
