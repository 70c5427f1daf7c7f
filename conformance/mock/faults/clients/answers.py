"""Faults in answers to HEAD, and in what a client accepts and does not: CLIENT-007 to 009, 011 and 012."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.faults.conditions import all_of, refused, requests_chinese, sends, sent, without_token
from conformance.mock.faults.effects import language_fault, refusal_fault
from conformance.mock.faults.registry import answer_fault
from conformance.mock.messages import AnswerLanguage

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext
    from conformance.mock.request import ReceivedRequest


def _is_head(context: RequestContext, _answer: Answer) -> bool:
    return context.request.method == "HEAD"


# CLIENT-007: HEAD is answered like GET.
refusal_fault("head-404", "CLIENT-007", "Answer HEAD with 404.", 404, _is_head)
answer_fault(
    "head-with-length-0",
    "CLIENT-007",
    "Send Content-Length: 0 in the answer to HEAD.",
    _is_head,
    lambda _context, answer: answer.with_header("Content-Length", "0"),
    wire=True,
)
answer_fault(
    "head-in-html",
    "CLIENT-007",
    "Send the media type of a page in the answer to HEAD.",
    _is_head,
    lambda _context, answer: answer.with_header("Content-Type", "text/html"),
)


# CLIENT-008: headers that must be ignored do not change an answer.
refusal_fault("precondition-412", "CLIENT-008", "Refuse If-None-Match with 412.", 412, sends("If-None-Match", b"*"))
refusal_fault(
    "precondition-before-the-token",
    "CLIENT-008",
    "Refuse If-Match with 412 before the token is checked.",
    412,
    all_of(sends("If-Match"), without_token),
)
refusal_fault("range-416", "CLIENT-008", "Refuse a range with 416.", 416, sends("Range"))
refusal_fault("unknown-header-400", "CLIENT-008", "Refuse a call with If-Range with 400.", 400, sends("If-Range"))


# CLIENT-009: calls that accept JSON in any way are answered alike.
refusal_fault(
    "accept-required",
    "CLIENT-009",
    "Refuse a call without Accept with 406.",
    406,
    lambda context, _answer: context.request.method == "POST" and not sent(context.request, "Accept"),
)
refusal_fault(
    "accept-list-406",
    "CLIENT-009",
    "Refuse a call whose Accept is a list with 406.",
    406,
    lambda context, _answer: any(b", " in value for value in context.request.distinct("Accept")),
)
answer_fault(
    "html-for-browsers",
    "CLIENT-009",
    "Refuse the call of a client that accepts text/html with a page.",
    all_of(
        refused, lambda context, _answer: any(b"text/html" in value for value in context.request.distinct("Accept"))
    ),
    lambda _context, answer: replace(answer, body=b"<title>Refused</title>").with_header("Content-Type", "text/html"),
)


def _compressing(name: str, summary: str, weight: bytes) -> None:
    """Register a fault that compresses answers although the call refuses it with this weight."""

    def change(_context: RequestContext, answer: Answer) -> Answer:
        return replace(answer, body=gzip.compress(answer.body, mtime=0)).with_header("Content-Encoding", "gzip")

    when = all_of(
        refused, lambda context, _answer: any(weight in v for v in context.request.distinct("Accept-Encoding"))
    )
    answer_fault(name, "CLIENT-011", summary, when, change)


# CLIENT-011: a coding with a weight of 0 is not used.
_compressing("weights-ignored", "Compress answers if gzip has a weight of 0.", b"gzip;q=0")
_compressing("weight-of-0-000", "Compress answers if gzip has a weight of 0.000.", b"gzip;q=0.000")


def _accepted(request: ReceivedRequest, own: AnswerLanguage) -> AnswerLanguage:
    values = request.distinct("Accept-Language")
    if not values:
        return own
    return AnswerLanguage.CHINESE if values[0].lower().startswith(b"zh") else AnswerLanguage.ENGLISH


# CLIENT-012: Accept-Language does not change the language of a call with X-Language.
language_fault("accept-language-wins", "CLIENT-012", "Answer in the language of Accept-Language.", _accepted)
language_fault(
    "accept-language-wins-over-chinese",
    "CLIENT-012",
    "Answer in the language of Accept-Language if X-Language is zh-cn.",
    lambda request, own: _accepted(request, own) if requests_chinese(request) else own,
)
