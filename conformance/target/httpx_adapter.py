"""Adaptation of httpx: URLs that are sent unchanged, trusted certificates, and the meaning of its errors."""

from __future__ import annotations

import functools
import ssl
from typing import TYPE_CHECKING

import anyio
import httpx

from conformance.exchange.exchange import TransportFailure

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange.exchange import FailureKind

__all__ = ["ERRORS", "RESET", "RawUrl", "failure", "ssl_context"]

RESET = "the target closed the connection"
"""Detail of an error for which httpx has no message."""


class RawUrl(httpx.URL):
    """A URL whose path is sent unchanged; httpx itself would resolve dot segments and encode it again.

    The extension "target" of httpx is not used, since it also changes the CONNECT request to a proxy.
    """

    def __init__(self, origin: httpx.URL, target: bytes) -> None:
        """Combine the scheme, host and port of a URL with a path and query."""
        super().__init__(origin)
        self._target = target

    @property
    def raw_path(self) -> bytes:
        """The path and query, as they are sent."""
        return self._target


@functools.cache
def ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts this machine's certificates, or those of a file; cached, since loading is slow."""
    return ssl.create_default_context(cafile=ca_file)


ERRORS = (httpx.HTTPError, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError)
"""Errors of a call; httpx lets out those of TLS that come after the handshake."""


def failure(error: Exception) -> TransportFailure:
    """Return the failure that one of `ERRORS` means."""
    reset = isinstance(error, (httpx.ReadError, httpx.WriteError)) and not str(error)
    return TransportFailure(_kind(error), RESET if reset else str(error) or type(error).__name__)


def _kind(error: Exception) -> FailureKind:
    if isinstance(error, (httpx.ConnectError, httpx.ProxyError)):
        return "insecure" if _is_tls_error(error) else "unreachable"
    return "unsendable" if isinstance(error, httpx.LocalProtocolError) else "protocol"


def _is_tls_error(error: BaseException | None) -> bool:
    """Return whether the target was reached and TLS failed."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
