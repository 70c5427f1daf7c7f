"""What is known of a successful call besides its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import httpx
from attrs import frozen
from drs_batch_client.runtime.redaction import MASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from drs_batch_client.runtime.redaction import Redactor

__all__ = ["DrsResponse", "head", "redacted_headers"]

T = TypeVar("T")

_SECRET = {"authorization", "proxy-authorization", "set-cookie", "x-auth-token", "x-security-token", "x-subject-token"}
"""Headers with a value that may authenticate somebody, even if it is not a credential of this client."""


_KEPT = (b"retry-after", b"x-request-id")


@frozen(kw_only=True)
class DrsResponse(Generic[T]):
    """The answer to a successful call; the methods of `with_response` return it.

    Attributes:
        parsed: What the method of the same name returns without `with_response`.
        status_code: HTTP status of the answer.
        headers: Headers of the answer. The credentials of the client are masked in the values; others, such as cookies,
            are masked in the repr.
        attempts: Number of times that the request was sent, or was to be sent.
    """

    parsed: T
    status_code: int
    headers: httpx.Headers
    attempts: int

    @property
    def request_id(self) -> str | None:
        """ID of the request, for the vendor's support; None if the answer has none."""
        return self.headers.get("X-Request-Id") or None


class _Headers(httpx.Headers):
    def __repr__(self) -> str:
        """Show no value that may authenticate somebody."""
        shown = [(name, MASK if name in _SECRET else value) for name, value in self.multi_items()]
        return f"Headers({shown!r})"


def redacted_headers(headers: httpx.Headers, redact: Redactor) -> httpx.Headers:
    """Return headers with the secrets masked."""
    return _Headers(_encoded(headers, redact), encoding=headers.encoding)


def head(status: int, headers: httpx.Headers, request: httpx.Request | None = None) -> httpx.Response:
    """Return an answer of which only the status and the headers that errors show are known."""
    kept = [(name, value) for name, value in _encoded(headers) if name in _KEPT]
    return httpx.Response(status, headers=kept, request=request)


def _encoded(headers: httpx.Headers, changed: Callable[[str], str] = str) -> list[tuple[bytes, bytes]]:
    """Return headers as octets, of which a server may send any."""
    return [
        (name.encode(headers.encoding), changed(value).encode(headers.encoding))
        for name, value in headers.multi_items()
    ]
