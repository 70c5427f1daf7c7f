"""Faults below HTTP, in what is sent on a connection: HTTP-001, HTTP-002, and HTTP-008 to HTTP-010."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.faults.conditions import (
    after_commit,
    after_failed_validation,
    all_of,
    chinese,
    has_body,
    id_contains,
    language_is,
    refused,
    second_on_connection,
    spelt_english,
    succeeded,
    undocumented_language,
    while_validating,
)
from conformance.mock.faults.registry import answer_fault, pipeline_fault, wire_fault
from conformance.mock.messages import AnswerLanguage
from conformance.mock.wire import End, Transmission, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: \d+\r\n")
BLOCK = b"x" * 65536
CHUNK = b"%x\r\n" % len(BLOCK) + BLOCK + b"\r\n"


def _sent(*chunks: bytes, end: End = End.CLOSE) -> Wire:
    """Send these octets instead of the answer."""
    return lambda _octets: Transmission(chunks, end)


def _cut(place: Callable[[bytes], int], end: End) -> Wire:
    """Send the answer up to a place."""
    return lambda octets: Transmission((octets[: place(octets)],), end)


def _in_head(octets: bytes) -> int:
    return octets.index(HEAD_END) // 2


def _in_body(octets: bytes) -> int:
    return (octets.index(HEAD_END) + len(HEAD_END) + len(octets)) // 2


def _status_line(line: bytes) -> Wire:
    """Replace the first line of the answer."""
    return lambda octets: Transmission((line + octets[octets.index(b"\r\n") :],))


def _line(line: bytes) -> Wire:
    """Add a line to the head of the answer."""
    return lambda octets: Transmission((octets.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1),))


def _framed(lines: bytes, coded: Callable[[bytes], bytes]) -> Wire:
    """Replace the Content-Length of the answer with other lines, and encode its body."""

    def wire(octets: bytes) -> Transmission:
        head, _, body = octets.partition(HEAD_END)
        length = b"content-length: %d\r\n" % len(body)
        return Transmission(
            (head.replace(length, lines.replace(b"LENGTH", b"%d" % len(body))) + HEAD_END + coded(body),)
        )

    return wire


def _chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def _endless(octets: bytes) -> Transmission:
    head = octets.partition(HEAD_END)[0]
    start = LENGTH.sub(b"transfer-encoding: chunked\r\n", head) + HEAD_END
    return Transmission(itertools.chain((start,), itertools.repeat(CHUNK)))


def _dripping(octets: bytes) -> Transmission:
    start = LENGTH.sub(b"content-length: 1000000\r\n", octets)
    return Transmission(itertools.chain((start,), itertools.repeat(b" ")), pause=0.5)


def _too_short(_context: RequestContext, answer: Answer) -> Answer:
    return answer.with_header("Content-Length", str(len(answer.body) + 1))


# HTTP-001: a documented call is answered.
answer_fault(
    "result-cut-off",
    "HTTP-001",
    "Send a 200 that is shorter than its Content-Length.",
    succeeded,
    _too_short,
    wire=True,
)
wire_fault(
    "answer-no-http",
    "HTTP-001",
    "Send a line of SSH instead of an answer while a batch is validated.",
    while_validating,
    _sent(b"SSH-2.0-OpenSSH_9.6\r\n"),
)
wire_fault(
    "answer-empty",
    "HTTP-001",
    "Close the connection without an answer if validation of the batch failed.",
    after_failed_validation,
    _sent(),
)
wire_fault(
    "answer-reset", "HTTP-001", "Reset the connection instead of sending a 200.", succeeded, _sent(end=End.RESET)
)
wire_fault(
    "answer-reset-in-the-head",
    "HTTP-001",
    "Reset the connection within the head of an answer if X-Language is zh-cn.",
    chinese,
    _cut(_in_head, End.RESET),
)
wire_fault(
    "answer-reset-in-the-body",
    "HTTP-001",
    "Reset the connection within the body of an answer if the batch is already committed.",
    after_commit,
    _cut(_in_body, End.RESET),
)
wire_fault(
    "status-line-garbage",
    "HTTP-001",
    "Send a status line without a status code while a batch is validated.",
    while_validating,
    _status_line(b"HTTP/1.1 Bad Request"),
)
wire_fault(
    "header-without-colon",
    "HTTP-001",
    "Send a 200 with a header line that has no colon.",
    succeeded,
    _line(b"drs ready"),
)
wire_fault(
    "header-with-nul",
    "HTTP-001",
    "Send a header with a NUL if X-Language is en-us.",
    spelt_english,
    _line(b"X-Region: cn\0north"),
)
wire_fault(
    "content-length-word",
    "HTTP-001",
    "Send a 200 whose Content-Length is not a number.",
    succeeded,
    _framed(b"content-length: many\r\n", lambda body: body),
)
wire_fault(
    "content-length-twice",
    "HTTP-001",
    "Send two Content-Length headers that differ if the batch is already committed.",
    after_commit,
    _framed(b"content-length: LENGTH\r\ncontent-length: 1\r\n", lambda body: body),
)
wire_fault(
    "chunk-size-broken",
    "HTTP-001",
    "Send a 200 in a chunk whose size is not a number.",
    succeeded,
    _framed(b"transfer-encoding: chunked\r\n", lambda body: b"large\r\n" + body + b"\r\n0\r\n\r\n"),
)
wire_fault(
    "chunks-without-end",
    "HTTP-001",
    "Omit the last chunk of an answer if X-Language is zh-cn.",
    chinese,
    _framed(b"transfer-encoding: chunked\r\n", lambda body: _chunked(body)[: -len(b"0\r\n\r\n")]),
)
wire_fault(
    "body-endless", "HTTP-001", "Send a body that never ends if the batch is already committed.", after_commit, _endless
)

# HTTP-002: any other call is answered, and every call in time.
answer_fault(
    "odd-languages-cut-off",
    "HTTP-002",
    "Send an answer shorter than its Content-Length if X-Language is not documented.",
    undocumented_language,
    _too_short,
    wire=True,
)
wire_fault(
    "bodies-reset", "HTTP-002", "Reset the connection if the request has a body.", has_body, _sent(end=End.RESET)
)
wire_fault(
    "quotes-cut-off",
    "HTTP-002",
    "Cut the body of an answer if the ID contains a single quote.",
    id_contains("'"),
    _cut(_in_body, End.CLOSE),
)
wire_fault(
    "slashes-unanswered",
    "HTTP-002",
    "Close the connection without an answer if the ID contains a slash.",
    id_contains("/"),
    _sent(),
)
wire_fault(
    "nul-garbage",
    "HTTP-002",
    "Send a status line without a status code if the ID contains a NUL.",
    id_contains("\0"),
    _status_line(b"HTTP/1.1 NUL"),
)
# Each call that shows one of these two costs the client its whole time limit.
wire_fault(
    "french-hangs", "HTTP-002", "Send no answer if X-Language is fr-fr.", language_is(b"fr-fr"), _sent(end=End.HANG)
)
wire_fault(
    "short-english-drips",
    "HTTP-002",
    "Send one octet every half second, without end, if X-Language is en.",
    language_is(b"en"),
    _dripping,
)

# HTTP-008: an answer has one framing.
TWO_FRAMINGS = _framed(b"content-length: LENGTH\r\ntransfer-encoding: chunked\r\n", _chunked)
wire_fault(
    "two-framings",
    "HTTP-008",
    "Send a service error with both Content-Length and Transfer-Encoding.",
    refused,
    TWO_FRAMINGS,
)
wire_fault(
    "two-framings-in-chinese",
    "HTTP-008",
    "Send a 200 with both Content-Length and Transfer-Encoding if X-Language is zh-cn.",
    all_of(succeeded, chinese),
    TWO_FRAMINGS,
)


def _reflected(name: str, field: bytes) -> None:
    """Register a fault that copies an ID with line breaks to a header without encoding it."""

    def change(context: RequestContext, answer: Answer) -> Answer:
        return replace(answer, wire=_line(field + b": " + context.path_parameters["async_job_id"].encode()))

    summary = f"Copy an ID with line breaks to the header {field.decode()} without encoding it."
    answer_fault(name, "HTTP-009", summary, id_contains("\n"), change, wire=True)


# HTTP-009: an ID cannot inject a header.
_reflected("id-in-a-header", b"X-Batch")
_reflected("id-in-location", b"Location")

# HTTP-010: two calls on one connection are both answered.
wire_fault(
    "second-call-cut-off",
    "HTTP-010",
    "Cut the body of each answer on a connection except the first.",
    second_on_connection,
    _cut(_in_body, End.CLOSE),
)
wire_fault(
    "second-call-garbage",
    "HTTP-010",
    "Omit the status code of each answer on a connection except the first.",
    second_on_connection,
    _status_line(b"HTTP/1.1 Again"),
)


def _language_of_the_connection(pipeline: Pipeline) -> Pipeline:
    latest = [AnswerLanguage.ENGLISH]

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        if request.number == 1 or request.distinct("X-Language"):
            latest[0] = pipeline.choose_language(request)
        return latest[0]

    return replace(pipeline, choose_language=choose)


pipeline_fault(
    "language-of-the-connection",
    "HTTP-010",
    "Answer a call without X-Language in the language of the call before on its connection.",
    _language_of_the_connection,
)
wire_fault(
    "pipelined-call-lost",
    "HTTP-002",
    "Do not answer a call that came with the one before it.",
    lambda context, _answer: context.request.pipelined,
    lambda octets: Transmission((octets.replace(b"connection: close\r\n", b""),), End.HANG),
)
