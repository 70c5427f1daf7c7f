"""Faults in how the gateway refuses: with which status, and with what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.answers import Answer, GatewayError, RefusalError
from conformance.server.faults.conditions import When, also, chinese, status
from conformance.server.faults.documents import edited, put, replaced, without
from conformance.server.faults.registry import answer_fault, fault, step_fault

if TYPE_CHECKING:
    from conformance.server.messages import AnswerLanguage
    from conformance.server.pipeline import Pipeline, RequestContext
    from conformance.server.request import ReceivedRequest

SERVICE_REFUSAL = {"error_code": "DRS.10000001", "error_msg": "Failed."}
LOGIN = "/login"


def _has_token(context: RequestContext, _answer: Answer) -> bool:
    return any(context.request.distinct("X-Auth-Token"))


def _like_the_service(_context: RequestContext, answer: Answer) -> Answer:
    return replace(answer.with_json(SERVICE_REFUSAL), status=400)


def _not_found(_context: RequestContext, answer: Answer) -> Answer:
    return replace(answer, status=404)


def _redirected(_context: RequestContext, answer: Answer) -> Answer:
    return replace(answer.with_header("Location", LOGIN), status=302)


def _refusal(name: str, breaks: str, summary: str, *when: When) -> None:
    """Register a fault that refuses like the service."""
    answer_fault(name, breaks, summary, also(*when), _like_the_service)


_refusal("unauthenticated-400", "AUTH-004", "A missing or wrong token is refused like an unknown batch.", status(401))
_refusal(
    "unauthenticated-400-with-token",
    "AUTH-004",
    "A wrong token is refused like an unknown batch.",
    status(401),
    _has_token,
)
answer_fault(
    "unauthenticated-404", "AUTH-004", "A missing or wrong token is answered with 404.", status(401), _not_found
)
answer_fault(
    "unauthenticated-302", "AUTH-004", "A missing or wrong token is sent to a page to log in.", status(401), _redirected
)
_refusal("forbidden-400", "AUTH-006", "A project without rights is refused like an unknown batch.", status(403))
_refusal(
    "forbidden-400-in-chinese",
    "AUTH-006",
    "A project without rights is refused like an unknown batch, in Chinese alone.",
    status(403),
    chinese,
)
answer_fault("forbidden-404", "AUTH-006", "A project without rights is answered with 404.", status(403), _not_found)
answer_fault("forbidden-302", "AUTH-006", "A project without rights is redirected.", status(403), _redirected)


@step_fault("crash-on-odd-languages", breaks=("HTTP-003",))
def _crash(pipeline: Pipeline) -> Pipeline:
    """An undocumented X-Language makes the server fail."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        try:
            return pipeline.choose_language(request)
        except RefusalError:
            raise GatewayError(500, "APIGW.0601", "Internal server error.") from None

    return replace(pipeline, choose_language=choose)


@fault("gateway-html", breaks=("GATE-001",))
def _html(_context: RequestContext, answer: Answer) -> Answer:
    """The gateway refuses with a page of HTML."""
    return replace(answer, body=b"<h1>Unauthorized</h1>") if answer.status == 401 else answer


answer_fault(
    "gateway-code-missing",
    "GATE-001",
    "The gateway refuses without an error_code.",
    status(401),
    edited(without("error_code")),
)
answer_fault(
    "gateway-code-12",
    "GATE-002",
    "The gateway refuses with a code of the service's length.",
    status(401),
    edited(put("error_code", value="APIGW.000301")),
)
answer_fault(
    "gateway-without-request-id",
    "GATE-003",
    "The gateway refuses without a request_id.",
    status(401),
    edited(without("request_id")),
)

answer_fault(
    "gateway-401-request-id-other",
    "GATE-006",
    "The request_id of a 401 is not the one in the header.",
    status(401),
    edited(put("request_id", value="0" * 32)),
)
answer_fault(
    "gateway-404-request-id-prefixed",
    "GATE-006",
    "The request_id of a 404 has a prefix that the header lacks.",
    status(404),
    edited(replaced("request_id", text=lambda text: f"req-{text}")),
)
