"""Faults in the errors of the gateway: GATE-001 to GATE-007.

The gateway has many errors, one for each status. Most mistakes are made in only one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.mock.faults.conditions import all_of, status
from conformance.mock.faults.documents import edited, put, replaced, without
from conformance.mock.faults.members import member_faults
from conformance.mock.faults.registry import answer_fault, fault, step_fault
from conformance.mock.faults.rewrites import with_body, with_content_type
from conformance.mock.faults.stateful import every, stateful_fault

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import Pipeline, RequestContext


def _member(name: str, breaks: str, code: int, member: str) -> None:
    """Register a fault in one member of the errors with one status; the last word of its name says which."""
    member_faults(f"the {member} of a {code}", breaks, status(code), (member,), name)


# GATE-001: an error has error_code and error_msg.
_member("gateway-401-code-null", "GATE-001", 401, "error_code")
_member("gateway-404-code-missing", "GATE-001", 404, "error_code")
_member("gateway-405-code-number", "GATE-001", 405, "error_code")
_member("gateway-415-code-camel", "GATE-001", 415, "error_code")
_member("gateway-401-msg-missing", "GATE-001", 401, "error_msg")
_member("gateway-403-msg-null", "GATE-001", 403, "error_msg")
_member("gateway-404-msg-object", "GATE-001", 404, "error_msg")
_member("gateway-405-msg-nested", "GATE-001", 405, "error_msg")
_member("gateway-415-msg-array", "GATE-001", 415, "error_msg")
answer_fault(
    "gateway-code-missing", "GATE-001", "Omit the error_code of a 401.", status(401), edited(without("error_code"))
)
answer_fault(
    "gateway-html",
    "GATE-001",
    "Send a 401 with an HTML page as its body.",
    status(401),
    with_body(b"<h1>Unauthorized</h1>"),
)
answer_fault(
    "gateway-html-at-any-weight",
    "GATE-001",
    "Send a 404 with an HTML page as its body if Accept contains text/html.",
    all_of(status(404), lambda context, _answer: any(b"text/html" in v for v in context.request.distinct("Accept"))),
    with_body(b"<title>Not Found</title>"),
)
answer_fault(
    "gateway-404-html",
    "GATE-001",
    "Send a 404 with an HTML page as its body.",
    status(404),
    with_body(b"<!DOCTYPE html><title>DRS</title><p>Done."),
)
for _code, _what in ((413, "content"), (414, "line")):
    answer_fault(
        f"gateway-{_code}-html",
        "GATE-001",
        f"Refuse a call whose {_what} is too large with a page.",
        status(_code),
        with_body(b"<title>Too Large</title>"),
    )
stateful_fault(
    "gateway-msg-missing-every-second-time",
    "GATE-001",
    "Omit error_msg in every second 401.",
    every(2, status(401)),
    edited(without("error_msg")),
)

# GATE-002: error_code has 10 characters.
_member("gateway-401-code-9", "GATE-002", 401, "error_code")
_member("gateway-403-code-0", "GATE-002", 403, "error_code")
_member("gateway-404-code-11", "GATE-002", 404, "error_code")
_member("gateway-405-code-12", "GATE-002", 405, "error_code")
answer_fault(
    "gateway-code-12",
    "GATE-002",
    "Send the error_code of a 401 with 12 characters, the length of the service's codes.",
    status(401),
    edited(put("error_code", value="APIGW.000301")),
)

# GATE-003: an error with a code of the gateway has a request_id.
_member("gateway-401-request-id-null", "GATE-003", 401, "request_id")
_member("gateway-404-request-id-camel", "GATE-003", 404, "request_id")
_member("gateway-405-request-id-missing", "GATE-003", 405, "request_id")
_member("gateway-415-request-id-number", "GATE-003", 415, "request_id")
answer_fault(
    "gateway-without-request-id",
    "GATE-003",
    "Omit the request_id of a 401.",
    status(401),
    edited(without("request_id")),
)

# GATE-004: the media type is application/json.
answer_fault("gateway-401-untyped", "GATE-004", "Send a 401 without Content-Type.", status(401), with_content_type())
answer_fault(
    "gateway-404-html-label",
    "GATE-004",
    "Send a 404 with the Content-Type text/html.",
    status(404),
    with_content_type("text/html"),
)
answer_fault(
    "gateway-405-typed-twice",
    "GATE-004",
    "Send a 405 with two Content-Type headers.",
    status(405),
    with_content_type("application/json", "text/plain"),
)
answer_fault("gateway-415-untyped", "GATE-004", "Send a 415 without Content-Type.", status(415), with_content_type())

# GATE-006: request_id is the ID in the header X-Request-Id.
answer_fault(
    "gateway-401-request-id-other",
    "GATE-006",
    "Send a 401 with a request_id that differs from the header.",
    status(401),
    edited(put("request_id", value="0" * 32)),
)
answer_fault(
    "gateway-404-request-id-prefixed",
    "GATE-006",
    "Add a prefix, which the header does not have, to the request_id of a 404.",
    status(404),
    edited(replaced("request_id", text=lambda text: f"req-{text}")),
)


@fault("gateway-401-request-id-of-the-caller", breaks=("GATE-006",))
def _of_the_caller(context: RequestContext, answer: Answer) -> Answer:
    """Return the caller's X-Request-Id in the header of a 401, and another ID in its body."""
    given = context.request.distinct("X-Request-Id")
    return answer.with_header("X-Request-Id", given[0].decode("latin-1")) if given and answer.status == 401 else answer


def _with_id(answer: Answer, request_id: str) -> Answer:
    """Return a refusal by the gateway with another ID in its header and its body."""
    document = answer.json()
    return answer.with_json({**document, "request_id": request_id}).with_header("X-Request-Id", request_id)


# GATE-007: each call has another request_id.
answer_fault(
    "gateway-401-request-id-constant",
    "GATE-007",
    "Send each 401 with the same request_id.",
    status(401),
    lambda _context, answer: _with_id(answer, "0" * 32),
)


@step_fault("gateway-request-id-of-the-connection", breaks=("GATE-007",))
def _of_the_connection(pipeline: Pipeline) -> Pipeline:
    """Send the second 401 of a connection with the request_id of the last first one."""
    latest = [""]

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        if answer.status != 401:
            return answer
        if context.request.number > 1:
            return _with_id(answer, latest[0])
        latest[0] = context.request.id
        return answer

    return pipeline.rewritten(rewrite)
