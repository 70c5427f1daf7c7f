"""Faults in connections: CLIENT-001, 002, 005, 006 and 016."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.authentication import CHALLENGE
from conformance.mock.faults.conditions import When, all_of, has_body, has_header, in_1_0, sends, status, without_token
from conformance.mock.faults.registry import pipeline_fault, wire_fault
from conformance.mock.faults.rewrites import in_chunks
from conformance.mock.faults.stateful import stateful_fault
from conformance.mock.wire import End, Transmission, Wire, serialized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext

CLOSE = b"connection: close\r\n"


def _wire(name: str, breaks: str, summary: str, when: When, wire: Wire) -> None:
    """Register a fault that sends other octets, except in answers to HEAD."""
    wire_fault(name, breaks, summary, all_of(when, lambda context, _answer: context.request.method != "HEAD"), wire)


# CLIENT-001: HTTP/1.0 has no chunks, no 1xx, and no connection that stays open.
_wire("chunked-to-http-1-0", "CLIENT-001", "Send answers to HTTP/1.0 in chunks.", in_1_0, in_chunks)
_wire(
    "early-hints-to-http-1-0",
    "CLIENT-001",
    "Send a 103 before the answer to a call in HTTP/1.0 without a token.",
    all_of(in_1_0, without_token),
    lambda octets: Transmission((b"HTTP/1.1 103 Early Hints\r\n\r\n" + octets,)),
)
_wire(
    "continue-to-http-1-0",
    "CLIENT-001",
    "Send a 100 to a call in HTTP/1.0 that expects it.",
    all_of(in_1_0, sends("Expect")),
    lambda octets: Transmission((b"HTTP/1.1 100 Continue\r\n\r\n" + octets,)),
)
_wire(
    "http-1-0-left-open",
    "CLIENT-001",
    "Leave the connection open after an answer to HTTP/1.0.",
    in_1_0,
    lambda octets: Transmission((octets.replace(CLOSE, b""),), End.HANG),
)


# CLIENT-002: connections are closed as announced.
_wire(
    "close-ignored",
    "CLIENT-002",
    "Leave the connection open after a call with Connection: close.",
    sends("Connection", b"close"),
    lambda octets: Transmission((octets.replace(CLOSE, b""),), End.HANG),
)
_wire(
    "close-in-a-list-ignored",
    "CLIENT-002",
    "Leave the connection open after a call with close in a list.",
    sends("Connection", b"te, close"),
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
    all_of(sends("Connection", b"close"), without_token),
    lambda octets: Transmission((octets,), End.HANG),
)
_wire(
    "closed-without-notice",
    "CLIENT-002",
    "Close the connection after each answer to HTTP/1.1 without Connection: close.",
    lambda context, answer: not in_1_0(context, answer),
    lambda octets: Transmission((octets.replace(CLOSE, b""),)),
)
_wire(
    "closed-without-notice-after-a-401",
    "CLIENT-002",
    "Close the connection after each 401 without Connection: close.",
    all_of(status(401), lambda context, answer: not in_1_0(context, answer)),
    lambda octets: Transmission((octets.replace(CLOSE, b""),)),
)


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


def _overtaken(octets: bytes) -> Transmission:
    """Send the refusal of a call without a token before an answer."""
    message = "Incorrect IAM authentication information."
    refusal = GatewayError(401, "APIGW.0301", message, CHALLENGE).answer("0" * 32)
    headers = [(name.encode(), value.encode()) for name, value in refusal.headers]
    return Transmission((serialized(401, headers, refusal.body).replace(CLOSE, b"") + octets,))


def _pipelined(context: RequestContext, _answer: Answer) -> bool:
    return context.request.pipelined


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
