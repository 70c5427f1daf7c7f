"""Faults in the lines, headers, framing and trailers of answers: MSG."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

from conformance.mock.answers import Answer
from conformance.mock.faults.conditions import When, all_of, chinese, refused, status, succeeded
from conformance.mock.faults.registry import answer_fault, wire_fault
from conformance.mock.wire import Transmission

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.changes import Rewriting
    from conformance.mock.pipeline import RequestContext

HEAD_END = b"\r\n\r\n"
DATE = re.compile(rb"date: [^\r]+\r\n")
CLOSE = re.compile(rb"connection: close\r\n")
LENGTH = re.compile(rb"content-length: \d+\r\n")
REASON = re.compile(rb"(HTTP/1.1 \d+) [^\r]*")
TOMORROW = "Thu, 31 Dec 2099 23:59:59 GMT"


def _head(context: RequestContext, _answer: Answer) -> bool:
    return context.request.method == "HEAD"


def _wire(name: str, breaks: str, summary: str, when: When, change: Callable[[bytes], bytes]) -> None:
    """Register a fault that changes the octets of answers."""
    wire_fault(name, breaks, summary, when, lambda octets: Transmission((change(octets),)))


def _more(*headers: tuple[str, str]) -> Rewriting:
    """Add headers to an answer, beside others of the same names."""
    return lambda _context, answer: replace(answer, headers=(*answer.headers, *headers))


def _line(line: bytes) -> Callable[[bytes], bytes]:
    """Add a line to the head of an answer."""
    return lambda octets: octets.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)


def _without(line: re.Pattern[bytes], instead: bytes = b"") -> Callable[[bytes], bytes]:
    """Leave out a line of the head of an answer, or send another one instead."""
    return lambda octets: line.sub(instead, octets, count=1)


def _with_trailer(line: bytes) -> Callable[[bytes], bytes]:
    """Send an answer in one chunk, and a line after it."""

    def change(octets: bytes) -> bytes:
        head, _, body = octets.partition(HEAD_END)
        start = LENGTH.sub(b"", head + b"\r\n") + b"transfer-encoding: chunked" + HEAD_END
        return start + b"%x\r\n%b\r\n0\r\n%b" % (len(body), body, line) + HEAD_END

    return change


# MSG-001: the lines follow the grammar.
_wire(
    "status-line-without-blank",
    "MSG-001",
    "Send a service error without the blank after the status code.",
    refused,
    lambda octets: REASON.sub(rb"\1", octets, count=1),
)
_wire(
    "header-folded-in-chinese",
    "MSG-001",
    "Send a header in two lines if X-Language is zh-cn.",
    chinese,
    _line(b"x-region: cn\r\n north"),
)

# MSG-002: a header that is not a list occurs once.
answer_fault("date-twice", "MSG-002", "Send a service error with a second Date.", refused, _more(("Date", TOMORROW)))
answer_fault(
    "request-id-twice-in-a-401",
    "MSG-002",
    "Send a 401 with the X-Request-Id of another server, too.",
    status(401),
    _more(("X-Request-Id", "0" * 32)),
)

# MSG-003: standard headers have valid values.
_wire(
    "date-in-iso-8601",
    "MSG-003",
    "Send a service error whose Date has the format of ISO 8601.",
    refused,
    _without(DATE, b"date: 2026-01-31T12:00:00Z\r\n"),
)
answer_fault(
    "etag-without-quotes-in-chinese",
    "MSG-003",
    "Send an ETag without quotes if X-Language is zh-cn.",
    chinese,
    _more(("ETag", "1a2b3c")),
)
answer_fault(
    "last-modified-later",
    "MSG-003",
    "Send a 200 with a Last-Modified that is after its Date.",
    succeeded,
    _more(("Last-Modified", TOMORROW)),
)
answer_fault(
    "allow-with-an-empty-element",
    "MSG-003",
    "Send a 405 whose Allow ends with a comma.",
    status(405),
    lambda _context, answer: answer.with_header("Allow", "POST,"),
)

# MSG-004: all answers have a Date if any has.
_wire("date-missing-in-refusals", "MSG-004", "Send a service error without Date.", refused, _without(DATE))
_wire(
    "date-missing-in-a-404",
    "MSG-004",
    "Send a 404 without Date, except to HEAD.",
    all_of(status(404), lambda context, answer: not _head(context, answer)),
    _without(DATE),
)

_wire(
    "date-missing-in-a-403",
    "MSG-004",
    "Send a 403 without Date.",
    status(403),
    _without(DATE),
)


def _eight_hours_later(octets: bytes) -> bytes:
    later = formatdate(time.time() + 8 * 3600, usegmt=True).encode()
    return DATE.sub(b"date: %b\r\n" % later, octets, count=1)


# MSG-012: the dates of answers are from one clock.
_wire(
    "date-of-a-result-in-local-time",
    "MSG-012",
    "Send the local time of China as the Date of a 200.",
    succeeded,
    _eight_hours_later,
)
_wire(
    "date-of-a-401-in-local-time",
    "MSG-012",
    "Send the local time of China as the Date of a 401.",
    status(401),
    _eight_hours_later,
)


def _challenge(name: str, summary: str, value: str | None, *when: When) -> None:
    """Register a fault that changes the challenge of a 401."""

    def change(_context: RequestContext, answer: Answer) -> Answer:
        return answer.with_header("WWW-Authenticate", value)

    answer_fault(name, "MSG-005", summary, all_of(status(401), *when), change)


# MSG-005: a 401 has a challenge.
_challenge("challenge-missing", "Send a 401 without WWW-Authenticate.", None)
_challenge("challenge-missing-in-chinese", "Send a 401 without WWW-Authenticate if X-Language is zh-cn.", None, chinese)
_challenge("challenge-empty", "Send a 401 whose WWW-Authenticate is empty.", "")
_challenge("realm-without-quotes", "Send a 401 with a realm that is not in quotes.", "Token realm=drs")

# MSG-006: an answer ends where its head says.
_wire(
    "head-with-content",
    "MSG-006",
    "Send content in the answer to HEAD.",
    _head,
    lambda octets: octets,
)
_wire(
    "line-break-after-a-401",
    "MSG-006",
    "Send a line break after a 401 that its Content-Length does not count.",
    status(401),
    lambda octets: octets + b"\n",
)


def _unframed(octets: bytes) -> bytes:
    return _without(CLOSE)(_without(LENGTH)(octets))


# MSG-007: an answer in HTTP/1.1 has a length or is chunked.
_wire(
    "length-missing",
    "MSG-007",
    "Send a service error with neither Content-Length nor Transfer-Encoding.",
    refused,
    _unframed,
)
_wire(
    "length-missing-in-a-401",
    "MSG-007",
    "Send a 401 with neither Content-Length nor Transfer-Encoding.",
    status(401),
    _unframed,
)

# MSG-008: a trailer is announced, and has no header that belongs in the head.
_wire(
    "location-in-a-trailer",
    "MSG-008",
    "Send a service error with Location in its trailer.",
    refused,
    lambda octets: _line(b"trailer: Location")(_with_trailer(b"Location: /v5")(octets)),
)
_wire(
    "trailer-unannounced-in-chinese",
    "MSG-008",
    "Send a trailer that Trailer does not announce if X-Language is zh-cn.",
    chinese,
    _with_trailer(b"x-checksum: 0"),
)


def _with_slash(context: RequestContext, answer: Answer) -> bool:
    return answer.status == 404 and context.request.path.endswith(b"/")


# MSG-009: a status has the header that it needs, and none that misleads.
answer_fault(
    "redirection-without-location",
    "MSG-009",
    "Redirect a path that ends with a slash without saying where.",
    _with_slash,
    lambda _context, _answer: Answer(308, (), b""),
)
answer_fault(
    "415-with-accept-encoding",
    "MSG-009",
    "Send a 415 with Accept-Encoding although the call has no content coding.",
    status(415),
    _more(("Accept-Encoding", "identity")),
)

# MSG-010: Connection names the headers that are for the connection.
answer_fault(
    "keep-alive-unnamed",
    "MSG-010",
    "Send a service error with Keep-Alive without naming it in Connection.",
    refused,
    _more(("Keep-Alive", "timeout=75")),
)
answer_fault(
    "upgrade-unnamed-in-a-401",
    "MSG-010",
    "Send a 401 with Upgrade without naming it in Connection.",
    status(401),
    _more(("Upgrade", "h2c")),
)
answer_fault(
    "connection-names-cache-control",
    "MSG-010",
    "Send a service error whose Connection names Cache-Control.",
    refused,
    _more(("Cache-Control", "no-store"), ("Connection", "Cache-Control")),
)


def _misleading(name: str, summary: str, code: int, when: When) -> None:
    """Register a fault that refuses calls with a status that is about what they do not have."""
    answer_fault(name, "MSG-011", summary, when, lambda _context, answer: replace(answer, status=code))


# MSG-011: a status that is about a part of a call is sent only to calls with that part.
_misleading("other-methods-406", "Refuse other methods with 406.", 406, status(405))
_misleading("other-media-types-416", "Refuse other media types with 416.", 416, status(415))
_misleading(
    "patch-413",
    "Refuse PATCH with 413.",
    413,
    all_of(status(405), lambda context, _answer: context.request.method == "PATCH"),
)
