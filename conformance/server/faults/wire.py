"""Faults below HTTP: what is sent is no answer, half of one, or one that cannot be read."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.batches import BatchStatus
from conformance.server.faults.conditions import (
    When,
    also,
    before,
    chinese,
    explicit_english,
    has_body,
    id_holds,
    language_is,
    refused,
    second_on_connection,
    succeeded,
)
from conformance.server.faults.registry import answer_fault
from conformance.server.wire import End, Transmission, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext

VALIDATING, FAILED, COMMITTED = map(
    before, (BatchStatus.VALIDATING, BatchStatus.VALIDATE_FAILED, BatchStatus.COMMITTED)
)
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: \d+\r\n")
BLOCK = b"x" * 65536
CHUNK = b"%x\r\n" % len(BLOCK) + BLOCK + b"\r\n"


def _sent(*chunks: bytes, end: End = End.CLOSE) -> Wire:
    """Send this, whatever the answer is."""
    return lambda _octets: Transmission(chunks, end)


def _cut(place: Callable[[bytes], int], end: End) -> Wire:
    """Send the answer up to a place."""
    return lambda octets: Transmission((octets[: place(octets)],), end)


def _in_head(octets: bytes) -> int:
    return octets.index(HEAD_END) // 2


def _in_body(octets: bytes) -> int:
    return (octets.index(HEAD_END) + len(HEAD_END) + len(octets)) // 2


def _status_line(line: bytes) -> Wire:
    """Send the answer with another first line."""
    return lambda octets: Transmission((line + octets[octets.index(b"\r\n") :],))


def _line(line: bytes) -> Wire:
    """Send the answer with one line more in its head."""
    return lambda octets: Transmission((octets.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1),))


def _framed(lines: bytes, coded: Callable[[bytes], bytes]) -> Wire:
    """Send the answer with other lines in place of its Content-Length, and its body in another form."""

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


def _wire(name: str, breaks: str, summary: str, when: When, wire: Wire) -> None:
    """Register a fault that decides what is sent."""
    answer_fault(name, breaks, summary, when, lambda _context, answer: replace(answer, wire=wire))


for name, summary, when, wire in (
    (
        "answer-no-http",
        "While the check runs, another protocol answers.",
        VALIDATING,
        _sent(b"SSH-2.0-OpenSSH_9.6\r\n"),
    ),
    ("answer-empty", "After a failed check, the connection is closed without an answer.", FAILED, _sent()),
    ("answer-reset", "An accepted commit is answered by a reset.", succeeded, _sent(end=End.RESET)),
    (
        "answer-reset-in-the-head",
        "In Chinese, the connection is reset in the head.",
        chinese,
        _cut(_in_head, End.RESET),
    ),
    ("answer-reset-in-the-body", "The second commit is reset in the body.", COMMITTED, _cut(_in_body, End.RESET)),
    (
        "status-line-garbage",
        "While the check runs, the status is a word.",
        VALIDATING,
        _status_line(b"HTTP/1.1 Bad Request"),
    ),
    ("header-without-colon", "The head of a result has a line without a colon.", succeeded, _line(b"drs ready")),
    ("header-with-nul", "In English, a header has a NUL.", explicit_english, _line(b"X-Region: cn\0north")),
    (
        "content-length-word",
        "The Content-Length of a result is a word.",
        succeeded,
        _framed(b"content-length: many\r\n", lambda body: body),
    ),
    (
        "content-length-twice",
        "The second commit is answered with two Content-Lengths that differ.",
        COMMITTED,
        _framed(b"content-length: LENGTH\r\ncontent-length: 1\r\n", lambda body: body),
    ),
    (
        "chunk-size-broken",
        "The size of a result's chunk is a word.",
        succeeded,
        _framed(b"transfer-encoding: chunked\r\n", lambda body: b"large\r\n" + body + b"\r\n0\r\n\r\n"),
    ),
    (
        "chunks-without-end",
        "In Chinese, the last chunk is missing.",
        chinese,
        _framed(b"transfer-encoding: chunked\r\n", lambda body: _chunked(body)[: -len(b"0\r\n\r\n")]),
    ),
    ("body-endless", "The second commit is answered with a body that does not end.", COMMITTED, _endless),
):
    _wire(name, "HTTP-001", summary, when, wire)

for name, summary, when, wire in (
    ("bodies-reset", "A body makes the server reset the connection.", has_body, _sent(end=End.RESET)),
    ("quotes-cut-off", "A quote in the ID ends the answer in its body.", id_holds("'"), _cut(_in_body, End.CLOSE)),
    ("slashes-unanswered", "An encoded slash in the ID is answered with nothing.", id_holds("/"), _sent()),
    ("nul-garbage", "A NUL in the ID makes the status a word.", id_holds("\0"), _status_line(b"HTTP/1.1 NUL")),
    # Each call that these two hit costs the whole time that the client is willing to wait.
    ("french-hangs", "A call in French is never answered.", language_is(b"fr-fr"), _sent(end=End.HANG)),
    ("short-english-drips", "The answer in en drips for ever.", language_is(b"en"), _dripping),
):
    _wire(name, "HTTP-002", summary, when, wire)

for name, summary, wire in (
    ("second-call-cut-off", "The second answer on a connection is cut in its body.", _cut(_in_body, End.CLOSE)),
    (
        "second-call-garbage",
        "The second answer on a connection has no status.",
        _status_line(b"HTTP/1.1 Again"),
    ),
):
    _wire(name, "HTTP-010", summary, second_on_connection, wire)

for name, summary, when in (
    ("two-framings", "A refusal has both Content-Length and Transfer-Encoding.", refused),
    ("two-framings-in-chinese", "In Chinese, a result has both framings.", also(succeeded, chinese)),
):
    _wire(
        name, "HTTP-008", summary, when, _framed(b"content-length: LENGTH\r\ntransfer-encoding: chunked\r\n", _chunked)
    )


def _reflected(field: bytes) -> Callable[[RequestContext, Answer], Answer]:
    def change(context: RequestContext, answer: Answer) -> Answer:
        return replace(answer, wire=_line(field + b": " + context.path_parameters["async_job_id"].encode()))

    return change


for name, summary, field in (
    ("id-in-a-header", "A header repeats the ID as it is, line breaks included.", b"X-Batch"),
    ("id-in-location", "A Location repeats the ID as it is, line breaks included.", b"Location"),
):
    answer_fault(name, "HTTP-009", summary, id_holds("\n"), _reflected(field))
