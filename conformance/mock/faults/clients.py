"""Faults that show in calls of other clients than the usual one: CLIENT-001 to CLIENT-016."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.authentication import CHALLENGE
from conformance.mock.faults.conditions import When, all_of, has_body, has_header, refused, status, succeeded
from conformance.mock.faults.registry import answer_fault, pipeline_fault
from conformance.mock.faults.rewrites import with_status
from conformance.mock.faults.stateful import stateful_fault
from conformance.mock.messages import AnswerLanguage, ServiceMessage, text
from conformance.mock.wire import End, Transmission, Wire, serialized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.mock.answers import Answer
    from conformance.mock.faults.conditions import OfRequest
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

CLOSE = b"connection: close\r\n"
LENGTH = b"content-length: "


def _has(name: str, *values: bytes) -> When:
    """Hold for calls with this header, with one of these values if there are any."""
    return lambda context, _answer: _sent(context.request, name, *values)


def _sent(request: ReceivedRequest, name: str, *values: bytes) -> bool:
    found = request.distinct(name)
    return bool(found) and (not values or bool({value.lower() for value in found} & set(values)))


def _in_1_0(context: RequestContext, _answer: Answer) -> bool:
    return context.request.version == "1.0"


def _without_token(context: RequestContext, _answer: Answer) -> bool:
    return not _sent(context.request, "X-Auth-Token")


def _always(_context: RequestContext, _answer: Answer) -> bool:
    return True


def _wire(name: str, breaks: str, summary: str, when: When, wire: Wire) -> None:
    """Register a fault that sends other octets than those of the answer."""
    when_content = all_of(when, lambda context, _answer: context.request.method != "HEAD")
    answer_fault(name, breaks, summary, when_content, lambda _context, answer: replace(answer, wire=wire), wire=True)


def _chunked(octets: bytes) -> Transmission:
    head, _, body = octets.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(LENGTH)]
    message = b"\r\n".join((*lines, b"transfer-encoding: chunked", b"", b"%x" % len(body), body, b"0", b"", b""))
    return Transmission((message,))


# CLIENT-001: HTTP/1.0 has no chunks, no 1xx, and no connection that stays open.
_wire("chunked-to-http-1-0", "CLIENT-001", "Send answers to HTTP/1.0 in chunks.", _in_1_0, _chunked)
_wire(
    "early-hints-to-http-1-0",
    "CLIENT-001",
    "Send a 103 before the answer to a call in HTTP/1.0 without a token.",
    all_of(_in_1_0, _without_token),
    lambda octets: Transmission((b"HTTP/1.1 103 Early Hints\r\n\r\n" + octets,)),
)
_wire(
    "continue-to-http-1-0",
    "CLIENT-001",
    "Send a 100 to a call in HTTP/1.0 that expects it.",
    all_of(_in_1_0, _has("Expect")),
    lambda octets: Transmission((b"HTTP/1.1 100 Continue\r\n\r\n" + octets,)),
)
_wire(
    "http-1-0-left-open",
    "CLIENT-001",
    "Leave the connection open after an answer to HTTP/1.0.",
    _in_1_0,
    lambda octets: Transmission((octets.replace(CLOSE, b""),), End.HANG),
)

# CLIENT-002: connections are closed as announced.
_wire(
    "close-ignored",
    "CLIENT-002",
    "Leave the connection open after a call with Connection: close.",
    _has("Connection", b"close"),
    lambda octets: Transmission((octets.replace(CLOSE, b""),), End.HANG),
)
_wire(
    "close-in-a-list-ignored",
    "CLIENT-002",
    "Leave the connection open after a call with close in a list.",
    _has("Connection", b"te, close"),
    lambda octets: Transmission((octets.replace(CLOSE, b""),), End.HANG),
)
_wire(
    "close-in-a-second-line-ignored",
    "CLIENT-002",
    "Leave the connection open after a call with close in another line than the first.",
    lambda context, _answer: len(context.request.distinct("Connection")) > 1,
    lambda octets: Transmission((octets.replace(CLOSE, b""),), End.HANG),
)
_wire(
    "close-announced-and-not-done",
    "CLIENT-002",
    "Announce the end of the connection in an answer to a call without a token, and leave it open.",
    all_of(_has("Connection", b"close"), _without_token),
    lambda octets: Transmission((octets,), End.HANG),
)
_wire(
    "closed-without-notice",
    "CLIENT-002",
    "Close the connection after each answer to HTTP/1.1 without Connection: close.",
    lambda context, answer: not _in_1_0(context, answer),
    lambda octets: Transmission((octets.replace(CLOSE, b""),)),
)
_wire(
    "closed-without-notice-after-a-401",
    "CLIENT-002",
    "Close the connection after each 401 without Connection: close.",
    all_of(status(401), lambda context, answer: not _in_1_0(context, answer)),
    lambda octets: Transmission((octets.replace(CLOSE, b""),)),
)


def _refusing(name: str, breaks: str, summary: str, code: int, when: When) -> None:
    """Register a fault by which the gateway refuses a call."""

    def change(context: RequestContext, _answer: Answer) -> Answer:
        return GatewayError(code, "APIGW.0201", "The request is not supported.").answer(context.request.id)

    answer_fault(name, breaks, summary, when, change)


# CLIENT-003: equivalent forms of the head are answered alike.
_refusing(
    "absolute-form-404",
    "CLIENT-003",
    "Answer a call in absolute form with 404.",
    404,
    lambda context, _answer: context.request.absolute,
)
_refusing(
    "quoted-charset-415",
    "CLIENT-003",
    "Refuse a charset that is a quoted string.",
    415,
    lambda context, _answer: any(b'"' in value for value in context.request.distinct("Content-Type")),
)


def _without_length(context: RequestContext, _answer: Answer) -> bool:
    return context.request.method == "POST" and not _sent(context.request, "Content-Length")


# CLIENT-004: each framing of an empty content is understood.
_refusing("length-required-400", "CLIENT-004", "Refuse a call without Content-Length with 400.", 400, _without_length)
_refusing(
    "chunks-with-content-refused",
    "CLIENT-004",
    "Refuse content in chunks with 400 unless it is empty.",
    400,
    all_of(has_header("Transfer-Encoding"), has_body),
)
_refusing("chunks-refused", "CLIENT-004", "Refuse content in chunks with 400.", 400, has_header("Transfer-Encoding"))


def _following(event: When) -> Callable[[], When]:
    """Return a condition that holds for a call on the connection of the call before it, for which an event held."""

    def fresh() -> When:
        happened = False

        def holds(context: RequestContext, answer: Answer) -> bool:
            nonlocal happened
            before, happened = happened, event(context, answer)
            return before and context.request.number > 1

        return holds

    return fresh


def _taken(name: str, summary: str, event: When) -> None:
    """Register a fault that takes the content of one call for the next call, which has another path."""

    def change(context: RequestContext, _answer: Answer) -> Answer:
        return GatewayError(404, "APIGW.0101", "The API does not exist.").answer(context.request.id)

    stateful_fault(name, "CLIENT-005", summary, _following(event), change)


# CLIENT-005: the content of a call is not taken for the next call.
_taken("content-taken-for-a-call", "Take the content of each call for the next call.", has_body)
_taken(
    "content-of-a-401-taken-for-a-call",
    "Take the content of a call that is refused with 401 for the next call.",
    all_of(has_body, status(401)),
)
_taken("trailers-taken-for-a-call", "Take trailers for the next call.", has_header("Transfer-Encoding"))


def _withholding(name: str, summary: str, when: Callable[[Mapping[bytes, bytes]], bool]) -> None:
    """Register a fault by which a call gets no 100."""
    pipeline_fault(name, "CLIENT-006", summary, lambda pipeline: replace(pipeline, withholds=when), wire=True)


# CLIENT-006: a call that expects 100 is answered before its content is sent.
_withholding("expectation-ignored", "Await the content of a call without a 100.", lambda _headers: True)
_withholding(
    "expectation-ignored-in-other-cases",
    "Await the content of a call without a 100 if Expect is not in lower case.",
    lambda headers: not headers.get(b"expect", b"").islower(),
)
_withholding(
    "expectation-ignored-without-a-token",
    "Await the content of a call without a token without a 100.",
    lambda headers: b"x-auth-token" not in headers,
)
_withholding(
    "expectation-ignored-in-chunks",
    "Await content in chunks without a 100.",
    lambda headers: b"transfer-encoding" in headers,
)


def _is_head(context: RequestContext, _answer: Answer) -> bool:
    return context.request.method == "HEAD"


# CLIENT-007: HEAD is answered like GET.
_refusing("head-404", "CLIENT-007", "Answer HEAD with 404.", 404, _is_head)
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
_refusing("precondition-412", "CLIENT-008", "Refuse If-None-Match with 412.", 412, _has("If-None-Match", b"*"))
_refusing(
    "precondition-before-the-token",
    "CLIENT-008",
    "Refuse If-Match with 412 before the token is checked.",
    412,
    all_of(_has("If-Match"), _without_token),
)
_refusing("range-416", "CLIENT-008", "Refuse a range with 416.", 416, _has("Range"))
_refusing("unknown-header-400", "CLIENT-008", "Refuse a call with If-Range with 400.", 400, _has("If-Range"))

# CLIENT-009: calls that accept JSON in any way are answered alike.
_refusing(
    "accept-required",
    "CLIENT-009",
    "Refuse a call without Accept with 406.",
    406,
    lambda context, _answer: context.request.method == "POST" and not _sent(context.request, "Accept"),
)
_refusing(
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


def _line_limit(name: str, octets: int) -> None:
    """Register a fault that limits the length of the request line."""

    def longer(context: RequestContext, _answer: Answer) -> bool:
        request = context.request
        return octets < len(request.method) + len(request.target) + len("  HTTP/1.1") <= 8000

    summary = f"Refuse request lines of more than {octets} octets with 414."
    _refusing(name, "CLIENT-010", summary, 414, longer)


# CLIENT-010: a request line of 8000 octets is not too long.
_line_limit("line-limit-4096", 4096)
_line_limit("line-limit-7800", 7800)


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


def _accept_language(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault by which Accept-Language is the language of the answer."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def choose(request: ReceivedRequest) -> AnswerLanguage:
            if not when(request) or not _sent(request, "Accept-Language"):
                return pipeline.choose_language(request)
            chinese = request.distinct("Accept-Language")[0].lower().startswith(b"zh")
            return AnswerLanguage.CHINESE if chinese else AnswerLanguage.ENGLISH

        return replace(pipeline, choose_language=choose)

    pipeline_fault(name, "CLIENT-012", summary, rebuild)


# CLIENT-012: Accept-Language does not change the language of a call with X-Language.
_accept_language("accept-language-wins", "Answer in the language of Accept-Language.", lambda _request: True)
_accept_language(
    "accept-language-wins-over-chinese",
    "Answer in the language of Accept-Language if X-Language is zh-cn.",
    lambda request: _sent(request, "X-Language", b"zh-cn"),
)


def _in_accepted_language(_context: RequestContext, answer: Answer) -> Answer:
    job = {**answer.json()["job"], "msg": text(ServiceMessage.COMMITTED, AnswerLanguage.CHINESE)}
    return answer.with_json({"job": job})


# CLIENT-013: a commit succeeds in each form of the call.
answer_fault(
    "range-of-a-result",
    "CLIENT-013",
    "Answer a commit with a range with 206.",
    all_of(succeeded, _has("Range")),
    with_status(206),
)
answer_fault(
    "result-in-the-accepted-language",
    "CLIENT-013",
    "Answer a commit in Chinese if Accept-Language is zh-CN.",
    all_of(succeeded, _has("Accept-Language", b"zh-cn")),
    _in_accepted_language,
)
_wire(
    "chunked-result-to-http-1-0",
    "CLIENT-013",
    "Send the answer to a commit in HTTP/1.0 in chunks.",
    all_of(succeeded, _in_1_0),
    _chunked,
)


def _overtaken(octets: bytes) -> Transmission:
    """Send the refusal of a call without a token before an answer."""
    message = "Incorrect IAM authentication information."
    refusal = GatewayError(401, "APIGW.0301", message, CHALLENGE).answer("0" * 32)
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers]
    return Transmission((serialized(401, headers, refusal.body).replace(CLOSE, b"") + octets,))


def _pipelined(context: RequestContext, _answer: Answer) -> bool:
    return context.request.pipelined


# CLIENT-015: a call whose line is too long is answered with 414.
_refusing("too-long-a-line-400", "CLIENT-015", "Refuse a line that is too long with 400.", 400, status(414))
_refusing(
    "line-above-39000-octets-431",
    "CLIENT-015",
    "Refuse a target of more than 39,000 octets with 431.",
    431,
    lambda context, _answer: len(context.request.target) > 39_000,
)

# CLIENT-016: calls that are sent at once are answered in their order.
_wire(
    "pipelined-call-overtakes",
    "CLIENT-016",
    "Refuse a call without a token before the call that came with it.",
    _pipelined,
    _overtaken,
)
stateful_fault(
    "pipelined-call-misread",
    "CLIENT-016",
    "Answer a call that came with the one before it with 404.",
    _following(_pipelined),
    lambda context, _answer: GatewayError(404, "APIGW.0101", "The API does not exist.").answer(context.request.id),
)


def _hyphens_not_decoded(pipeline: Pipeline) -> Pipeline:
    def route(request: ReceivedRequest) -> Route:
        if b"%2D" in request.path:
            raise GatewayError(404, "APIGW.0101", "The API does not exist or has not been published.")
        return pipeline.route(request)

    return replace(pipeline, route=route)


# CLIENT-014: a query with a slash is answered as any other.
_refusing(
    "slash-of-a-query-404",
    "CLIENT-014",
    "Answer a call with a slash in its query with 404.",
    404,
    lambda context, _answer: b"/" in context.request.query,
)
pipeline_fault("hyphens-not-decoded", "CLIENT-013", "Do not decode hyphens in the path.", _hyphens_not_decoded)
