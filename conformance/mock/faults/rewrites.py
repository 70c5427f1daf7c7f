"""Rewritings of an answer: its status, its Content-Type, the octets of its body."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.wire import Transmission

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer
    from conformance.mock.changes import Rewriting
    from conformance.mock.pipeline import RequestContext

__all__ = ["in_chunks", "with_body", "with_content_type", "with_octets", "with_status"]


def with_status(code: int) -> Rewriting:
    """Change the status."""
    return lambda _context, answer: replace(answer, status=code)


def with_body(body: bytes) -> Rewriting:
    """Replace the body."""
    return lambda _context, answer: replace(answer, body=body)


def with_octets(change: Callable[[bytes], bytes]) -> Rewriting:
    """Change the octets of the body."""
    return lambda _context, answer: replace(answer, body=change(answer.body))


def with_content_type(*values: str) -> Rewriting:
    """Send one Content-Type header for each value, and none without values."""

    def rewrite(_context: RequestContext, answer: Answer) -> Answer:
        others = answer.with_header("Content-Type", None)
        return replace(others, headers=(*others.headers, *(("Content-Type", value) for value in values)))

    return rewrite


def in_chunks(octets: bytes) -> Transmission:
    """Send an answer in chunks."""
    head, _, body = octets.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length: ")]
    message = b"\r\n".join((*lines, b"transfer-encoding: chunked", b"", b"%x" % len(body), body, b"0", b"", b""))
    return Transmission((message,))
