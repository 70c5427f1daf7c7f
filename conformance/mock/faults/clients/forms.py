"""Faults in the forms in which a call may come: CLIENT-003, 004, 010 and 013 to 015."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.faults.conditions import all_of, has_body, has_header, in_1_0, sends, sent, status, succeeded
from conformance.mock.faults.effects import refusal_fault
from conformance.mock.faults.registry import answer_fault, pipeline_fault, wire_fault
from conformance.mock.faults.rewrites import in_chunks, with_status
from conformance.mock.messages import AnswerLanguage, ServiceMessage, text

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route


# CLIENT-003: equivalent forms of the head are answered alike.
refusal_fault(
    "absolute-form-404",
    "CLIENT-003",
    "Answer a call in absolute form with 404.",
    404,
    lambda context, _answer: context.request.absolute,
)
refusal_fault(
    "quoted-charset-415",
    "CLIENT-003",
    "Refuse a charset that is a quoted string.",
    415,
    lambda context, _answer: any(b'"' in value for value in context.request.distinct("Content-Type")),
)


def _without_length(context: RequestContext, _answer: Answer) -> bool:
    return context.request.method == "POST" and not sent(context.request, "Content-Length")


# CLIENT-004: each framing of an empty content is understood.
refusal_fault(
    "length-required-400", "CLIENT-004", "Refuse a call without Content-Length with 400.", 400, _without_length
)
refusal_fault(
    "chunks-with-content-refused",
    "CLIENT-004",
    "Refuse content in chunks with 400 unless it is empty.",
    400,
    all_of(has_header("Transfer-Encoding"), has_body),
)
refusal_fault(
    "chunks-refused", "CLIENT-004", "Refuse content in chunks with 400.", 400, has_header("Transfer-Encoding")
)


def _line_limit(name: str, octets: int) -> None:
    """Register a fault that limits the length of the request line."""

    def longer(context: RequestContext, _answer: Answer) -> bool:
        request = context.request
        return octets < len(request.method) + len(request.target) + len("  HTTP/1.1") <= 8000

    summary = f"Refuse request lines of more than {octets} octets with 414."
    refusal_fault(name, "CLIENT-010", summary, 414, longer)


# CLIENT-010: a request line of 8000 octets is not too long.
_line_limit("line-limit-4096", 4096)
_line_limit("line-limit-7800", 7800)


def _in_accepted_language(_context: RequestContext, answer: Answer) -> Answer:
    job = {**answer.json()["job"], "msg": text(ServiceMessage.COMMITTED, AnswerLanguage.CHINESE)}
    return answer.with_json({"job": job})


# CLIENT-013: a commit succeeds in each form of the call.
answer_fault(
    "range-of-a-result",
    "CLIENT-013",
    "Answer a commit with a range with 206.",
    all_of(succeeded, sends("Range")),
    with_status(206),
)
answer_fault(
    "result-in-the-accepted-language",
    "CLIENT-013",
    "Answer a commit in Chinese if Accept-Language is zh-CN.",
    all_of(succeeded, sends("Accept-Language", b"zh-cn")),
    _in_accepted_language,
)
wire_fault(
    "chunked-result-to-http-1-0",
    "CLIENT-013",
    "Send the answer to a commit in HTTP/1.0 in chunks.",
    all_of(succeeded, in_1_0),
    in_chunks,
)


def _hyphens_not_decoded(pipeline: Pipeline) -> Pipeline:
    def route(request: ReceivedRequest) -> Route:
        if b"%2D" in request.path:
            raise GatewayError(404, "APIGW.0101", "The API does not exist or has not been published.")
        return pipeline.route(request)

    return replace(pipeline, route=route)


pipeline_fault("hyphens-not-decoded", "CLIENT-013", "Do not decode hyphens in the path.", _hyphens_not_decoded)


# CLIENT-014: a query with a slash is answered as any other.
refusal_fault(
    "slash-of-a-query-404",
    "CLIENT-014",
    "Answer a call with a slash in its query with 404.",
    404,
    lambda context, _answer: b"/" in context.request.query,
)


# CLIENT-015: a call whose line is too long is answered with 414.
refusal_fault("too-long-a-line-400", "CLIENT-015", "Refuse a line that is too long with 400.", 400, status(414))
refusal_fault(
    "line-above-39000-octets-431",
    "CLIENT-015",
    "Refuse a target of more than 39,000 octets with 431.",
    431,
    lambda context, _answer: len(context.request.target) > 39_000,
)
