"""What is known of a successful call besides its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import httpx
from attrs import frozen
from drs_batch_client.runtime.redaction import MASK

if TYPE_CHECKING:
    from drs_batch_client.runtime.redaction import Redactor

__all__ = ["DrsResponse", "redacted_headers"]

T = TypeVar("T")

_SECRET = {"authorization", "proxy-authorization", "set-cookie", "x-auth-token", "x-security-token", "x-subject-token"}
"""Headers with a value that may authenticate somebody, even if it is not a credential of this client."""


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
    return _Headers([(name, redact(value)) for name, value in headers.multi_items()])
