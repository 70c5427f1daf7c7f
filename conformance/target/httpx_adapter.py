"""What httpx has to be told so that a request goes out as it is, and what its errors mean."""

from __future__ import annotations

import functools
import ssl
from typing import TYPE_CHECKING

import httpx

from conformance.exchange.exchange import TransportFailure

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange.exchange import FailureKind

__all__ = ["RESET", "Url", "failure", "trust"]

RESET = "the target closed the connection"
"""What httpx itself has no words for."""


class Url(httpx.URL):
    """A URL whose path is sent as it is; httpx itself would resolve dot segments and encode anew.

    Its extension "target" would do the same, but be what a proxy is asked to connect to as well.
    """

    def __init__(self, origin: httpx.URL, target: bytes) -> None:
        """Take scheme, host and port from one URL, and path and query as they are."""
        super().__init__(origin)
        self._target = target

    @property
    def raw_path(self) -> bytes:
        """Path and query."""
        return self._target


@functools.cache
def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Trust whom this machine trusts, or whom the file names; reading the certificates takes a while."""
    return ssl.create_default_context(cafile=ca_file)


def failure(error: httpx.HTTPError) -> TransportFailure:
    """Say why a request has no response."""
    reset = isinstance(error, (httpx.ReadError, httpx.WriteError)) and not str(error)
    return TransportFailure(_kind(error), RESET if reset else str(error) or type(error).__name__)


def _kind(error: httpx.HTTPError) -> FailureKind:
    if isinstance(error, (httpx.ConnectError, httpx.ProxyError)):
        return "insecure" if _of_tls(error) else "unreachable"
    return "unsendable" if isinstance(error, httpx.LocalProtocolError) else "protocol"


def _of_tls(error: BaseException | None) -> bool:
    """Tell whether the other side was reached, and TLS failed then."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
