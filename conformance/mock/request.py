"""A request as the gateway received it, before decoding and normalisation."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.mock.wire import EXTENSION

if TYPE_CHECKING:
    from starlette.types import Scope

    from conformance.mock.wire import RawConnection

__all__ = ["ReceivedRequest"]

# RFC 9112, section 3.2.2: a server must accept the absolute form, which clients send to a proxy.
_ORIGIN = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)


@dataclass(frozen=True)
class ReceivedRequest:
    """One request to the API.

    Attributes:
        method: HTTP method as sent.
        path: The path as sent, percent-encoded.
        query: The query as sent, without the question mark.
        headers: Names in lower case and values, in the order sent.
        body: The beginning of the body, at least its first 64 KiB.
        oversized: Whether the body exceeds the limit.
        id: The request ID in the answer: 32 hexadecimal digits.
        names: The header names in the case in which they were sent; empty if unknown.
        number: The number of this request on its connection, from 1.
        pipelined: Whether the next one has come already.
        whole_sha256: The hash of the whole body, in hexadecimal; empty if `body` is the whole.
        version: The version of HTTP.
        absolute: Whether the request line has the whole URL.
    """

    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    oversized: bool
    id: str
    names: tuple[bytes, ...] = ()
    number: int = 1
    pipelined: bool = False
    whole_sha256: str = ""
    version: str = "1.1"
    absolute: bool = False

    @classmethod
    def from_scope(cls, scope: Scope, body: bytes, *, oversized: bool = False) -> ReceivedRequest:
        """Build the request from an ASGI scope, with a new ID."""
        path = _ORIGIN.sub(b"", scope["raw_path"], count=1) or b"/"
        headers = tuple((name, value) for name, value in scope["headers"])
        request = cls(
            scope["method"],
            path,
            scope["query_string"],
            headers,
            body,
            oversized,
            uuid.uuid4().hex,
            version=scope.get("http_version", "1.1"),
            absolute=path != scope["raw_path"],
        )
        connection: RawConnection | None = scope.get("extensions", {}).get(EXTENSION)
        if connection is None:
            return request
        return replace(request, names=connection.names, number=connection.number, pipelined=connection.pipelined)

    @property
    def target(self) -> bytes:
        """The path and query as sent."""
        return self.path + b"?" + self.query if self.query else self.path

    @property
    def body_sha256(self) -> str:
        """The hash of the body, in hexadecimal; of the part that was read if the body exceeds the limit."""
        return self.whole_sha256 or hashlib.sha256(self.body).hexdigest()

    def distinct(self, name: str) -> tuple[bytes, ...]:
        """Return the distinct values of a header in the order sent, so that a repeated value counts once."""
        wanted = name.lower().encode("ascii")
        return tuple(dict.fromkeys(value.strip() for key, value in self.headers if key == wanted))
