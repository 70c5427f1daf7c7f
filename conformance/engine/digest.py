"""A digest of all requests, which is equal for two runs that sent the same requests."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.exchange.exchange import Exchange

__all__ = ["digest"]


def digest(exchanges: Iterable[Exchange], redact: Callable[[str], str]) -> str:
    """Return the SHA-256 of all requests, in hexadecimal.

    Each request is a line of JSON: method, target, header fields and body (octets as ISO 8859-1), without secrets.
    """
    hashed = hashlib.sha256()
    redact = functools.cache(redact)  # most values recur in other requests, and redaction is slow
    for request in (exchange.request for exchange in exchanges):
        headers = [[name, redact(value)] for name, value in request.headers]
        line = [request.method, redact(request.target), headers, redact(request.body.decode("latin-1"))]
        hashed.update(json.dumps(line).encode() + b"\n")
    return hashed.hexdigest()
