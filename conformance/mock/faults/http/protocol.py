"""Faults in status, Allow, compression and JSON: HTTP-003, HTTP-004, HTTP-007, and HTTP-011 to HTTP-013."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError, RefusalError
from conformance.mock.faults.conditions import (
    When,
    accepts_gzip,
    all_of,
    batch_id,
    has_body,
    has_query,
    id_contains,
    refused,
    status,
)
from conformance.mock.faults.documents import edited, put
from conformance.mock.faults.registry import answer_fault, step_fault
from conformance.mock.messages import ServiceMessage, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer
    from conformance.mock.changes import Rewriting
    from conformance.mock.messages import AnswerLanguage
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest


def _failed(context: RequestContext, _answer: Answer) -> Answer:
    return GatewayError(500, "APIGW.0601", "Internal server error.").answer(context.request.id)


def _crash(name: str, summary: str, when: When) -> None:
    """Register a fault that answers some refused calls with 500."""
    answer_fault(name, "HTTP-003", summary, all_of(refused, when), _failed)


def _longer(header: str, length: int) -> When:
    return lambda context, _answer: any(len(value) > length for value in context.request.distinct(header))


# HTTP-003: no request makes the server fail.
_crash("crash-on-bodies", "Fail with 500 if the request has a body.", has_body)
_crash("crash-on-large-bodies", "Fail with 500 if the body has 10,000 octets or more.", _longer("Content-Length", 4))
_crash("crash-on-queries", "Fail with 500 if the request has a query.", has_query)
_crash("crash-on-quotes", "Fail with 500 if the ID contains a single quote.", id_contains("'"))
_crash(
    "crash-on-other-encodings",
    "Fail with 500 if the path is not UTF-8.",
    lambda context, _answer: b"%FF" in context.request.path,
)
_crash("crash-on-nul", "Fail with 500 if the ID contains a NUL.", id_contains("\0"))
_crash(
    "crash-on-long-languages", "Fail with 500 if X-Language has more than 1024 characters.", _longer("X-Language", 1024)
)
_crash(
    "crash-on-authorization",
    "Fail with 500 if there is an Authorization header beside the token.",
    lambda context, _answer: bool(context.request.distinct("Authorization")),
)


@step_fault("crash-on-odd-languages", breaks=("HTTP-003",))
def _crash_on_languages(pipeline: Pipeline) -> Pipeline:
    """Fail with 500 if X-Language is not documented."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        try:
            return pipeline.choose_language(request)
        except RefusalError:
            raise GatewayError(500, "APIGW.0601", "Internal server error.") from None

    return replace(pipeline, choose_language=choose)


def _allow(name: str, summary: str, change: Rewriting, *when: When) -> None:
    """Register a fault that changes the Allow header of a 405."""
    answer_fault(name, "HTTP-004", summary, all_of(status(405), *when), change)


def _without_allow(_context: RequestContext, answer: Answer) -> Answer:
    return answer.with_header("Allow", None)


# HTTP-004: a 405 has an Allow header that lists the accepted methods.
_allow("allow-missing", "Send a 405 without Allow.", _without_allow)
_allow(
    "allow-missing-for-delete",
    "Send a 405 without Allow if the method is DELETE.",
    _without_allow,
    lambda context, _answer: context.request.method == "DELETE",
)
_allow(
    "allow-everything",
    "Add the refused method to the Allow of a 405.",
    lambda context, answer: answer.with_header("Allow", f"POST, {context.request.method}"),
)
_allow(
    "allow-options",
    "Send a 405 whose Allow has OPTIONS instead of POST.",
    lambda _context, answer: answer.with_header("Allow", "OPTIONS"),
)
_allow(
    "allow-misspelt",
    "Send a 405 with a header Allowed instead of Allow.",
    lambda context, answer: _without_allow(context, answer).with_header("Allowed", "POST"),
)


def _gzipped(answer: Answer) -> Answer:
    return replace(answer, body=gzip.compress(answer.body, mtime=0)).with_header("Content-Encoding", "gzip")


def _damaged(answer: Answer) -> Answer:
    """Damage the first block, which follows the gzip header of 10 octets."""
    return replace(answer, body=answer.body[:10] + bytes(octet ^ 0xFF for octet in answer.body[10:]))


# HTTP-007: a caller who accepts compression gets the same answer.
answer_fault(
    "gzip-of-another-refusal",
    "HTTP-007",
    "Send another error_code, compressed, if the client accepts gzip.",
    all_of(refused, accepts_gzip),
    lambda context, answer: _gzipped(edited(put("error_code", value="DRS.10000099"))(context, answer)),
)
answer_fault(
    "gzip-by-name-alone",
    "HTTP-007",
    "Label an uncompressed service error as gzip if the client accepts gzip.",
    all_of(refused, accepts_gzip),
    lambda _context, answer: answer.with_header("Content-Encoding", "gzip"),
)
answer_fault(
    "gzip-damaged",
    "HTTP-007",
    "Send a service error in damaged gzip if the client accepts gzip.",
    all_of(refused, accepts_gzip),
    lambda _context, answer: _damaged(_gzipped(answer)),
)
answer_fault(
    "gzip-called-deflate",
    "HTTP-007",
    "Label a service error in gzip as deflate if the client accepts both.",
    all_of(refused, lambda context, _answer: context.request.distinct("Accept-Encoding") == (b"gzip, deflate",)),
    lambda _context, answer: _gzipped(answer).with_header("Content-Encoding", "deflate"),
)

SPECIAL = "'\"\\<>\t\n\r\0"


def _unescaped(context: RequestContext, answer: Answer) -> Answer:
    message = text(ServiceMessage.UNKNOWN, context.language, batch_id(context))
    return replace(answer, body=f'{{"error_code":"DRS.10000010","error_msg":"{message}"}}'.encode())


# HTTP-011: a body labelled application/json is valid JSON.
answer_fault(
    "json-by-hand",
    "HTTP-011",
    "Copy an ID with quotes or control characters to error_msg without escaping it.",
    all_of(refused, lambda context, _answer: any(character in SPECIAL for character in batch_id(context))),
    _unescaped,
)

# HTTP-012: nothing is compressed unless requested.
answer_fault(
    "brotli-label",
    "HTTP-012",
    "Label an uncompressed service error as Brotli.",
    refused,
    lambda _context, answer: answer.with_header("Content-Encoding", "br"),
)


def _repeating(name: str, summary: str, kept: Callable[[bytes], bool]) -> None:
    """Register a fault that answers TRACE with the fields of the request whose names are kept."""

    def change(context: RequestContext, answer: Answer) -> Answer:
        lines = (b"%b: %b" % field for field in context.request.headers if kept(field[0]))
        body = b"\r\n".join((b"TRACE %b HTTP/1.1" % context.request.target, *lines, b"", b""))
        return replace(answer, status=200, body=body).with_header("Content-Type", "message/http")

    answer_fault(name, "HTTP-013", summary, lambda context, _answer: context.request.method == "TRACE", change)


# HTTP-013: the answer to TRACE leaves the token out.
_repeating("trace-answered", "Answer TRACE with the whole request.", lambda _name: True)
_repeating(
    "trace-without-cookies",
    "Answer TRACE with the request without Authorization and Cookie.",
    lambda name: name not in (b"authorization", b"cookie"),
)

answer_fault(
    "crash-on-long-tokens",
    "HTTP-003",
    "Fail with 500 if a token has more than 4096 characters.",
    all_of(status(401), _longer("X-Auth-Token", 4096)),
    _failed,
)
