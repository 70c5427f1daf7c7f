"""Faults in the status of an answer: undocumented ones, and the server's own failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.answers import GatewayError
from conformance.server.batches import BatchStatus
from conformance.server.faults.conditions import (
    When,
    again,
    also,
    before,
    chinese,
    explicit_english,
    has_body,
    has_query,
    id_holds,
    long_id,
    refused,
    succeeded,
    unicode_id,
)
from conformance.server.faults.registry import answer_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext


def _answered(code: int) -> Callable[[RequestContext, Answer], Answer]:
    return lambda _context, answer: replace(answer, status=code)


def _status(name: str, code: int, summary: str, *when: When) -> None:
    """Register a fault that answers documented calls with another status."""
    answer_fault(name, "REQ-001", summary, also(*when), _answered(code))


_status("status-201", 201, "An accepted commit is answered with 201.", succeeded)
_status(
    "status-202-for-unicode-ids", 202, "The commit of an ID beyond ASCII is answered with 202.", succeeded, unicode_id
)
_status("status-404-for-unknown", 404, "An unknown batch is answered with 404.", refused, before(None))
_status("status-404-for-long-ids", 404, "An ID above 255 characters is answered with 404.", refused, long_id)
_status("status-422-for-unicode-ids", 422, "An ID beyond ASCII is answered with 422.", refused, unicode_id)
_status(
    "status-500-for-validating",
    500,
    "A batch that is still being checked makes the server fail.",
    refused,
    before(BatchStatus.VALIDATING),
)
_status(
    "status-409-for-failed",
    409,
    "A batch whose check failed is answered with 409 in English.",
    refused,
    before(BatchStatus.VALIDATE_FAILED),
    explicit_english,
)
_status(
    "status-409-for-committed",
    409,
    "A batch that has been committed is answered with 409.",
    refused,
    before(BatchStatus.COMMITTED),
)
_status(
    "status-500-when-repeated-in-chinese",
    500,
    "A call in Chinese that repeats one that was refused makes the server fail.",
    refused,
    also(again, chinese),
)
answer_fault(
    "status-204-in-english",
    "REQ-001",
    "An accepted commit is answered with 204, and nothing else, in English.",
    also(succeeded, explicit_english),
    lambda _context, answer: replace(answer.with_header("Content-Type", None), status=204, body=b""),
)


def _failed(context: RequestContext, _answer: Answer) -> Answer:
    return GatewayError(500, "APIGW.0601", "Internal server error.").answer(context.request.id)


def _crash(name: str, summary: str, *when: When) -> None:
    """Register a fault that fails on odd calls that would be refused."""
    answer_fault(name, "HTTP-003", summary, also(refused, *when), _failed)


def _large(context: RequestContext, _answer: Answer) -> bool:
    return any(len(length) > 4 for length in context.request.distinct("Content-Length"))


def _long_language(context: RequestContext, _answer: Answer) -> bool:
    return any(len(language) > 1024 for language in context.request.distinct("X-Language"))


def _bearer(context: RequestContext, _answer: Answer) -> bool:
    return bool(context.request.distinct("Authorization"))


_crash("crash-on-bodies", "A body makes the server fail.", has_body)
_crash("crash-on-large-bodies", "A body of 10,000 octets makes the server fail.", _large)
_crash("crash-on-queries", "A query makes the server fail.", has_query)
_crash("crash-on-quotes", "A quote in the ID makes the server fail.", id_holds("'"))
_crash("crash-on-nul", "A NUL in the ID makes the server fail.", id_holds("\0"))
_crash("crash-on-long-languages", "An X-Language above 1024 characters makes the server fail.", _long_language)
_crash("crash-on-authorization", "An Authorization header beside the token makes the server fail.", _bearer)
