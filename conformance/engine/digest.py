"""A digest of all requests, which is equal for two runs that sent the same requests."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import astuple
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.exchange.exchange import Exchange

__all__ = ["digest"]


def digest(exchanges: Iterable[Exchange], redact: Callable[[str], str]) -> str:
    """Return the SHA-256 of all requests, in hexadecimal.

    Each request is a line of JSON: method, target, header fields and body (octets as ISO 8859-1), without secrets, and
    the form if it is not the usual one.
    """
    hashed = hashlib.sha256()
    for request in (exchange.request for exchange in exchanges):
        headers = [[name, _redacted(redact, value)] for name, value in request.headers]
        body = request.body.decode("latin-1")
        line: list[object] = [request.method, _redacted(redact, request.target), headers, _redacted(redact, body)]
        if request.form is not None:
            line += astuple(request.form)
        hashed.update(json.dumps(line).encode() + b"\n")
    return hashed.hexdigest()


# Most values recur in other requests, and all of them in other runs of a process. Redaction is slow.
@functools.lru_cache(maxsize=4096)
def _redacted(redact: Callable[[str], str], text: str) -> str:
    return redact(text)
