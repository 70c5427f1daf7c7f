"""Faults of the gateway: whom it lets in, what it lets through, and how it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.answers import Answer, GatewayError, RefusalError
from conformance.server.authentication import Identity
from conformance.server.faults.registry import fault, step_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.messages import Language
    from conformance.server.pipeline import Exchange, Pipeline
    from conformance.server.request import Request
    from conformance.server.routing import Route

SERVICE_REFUSAL = {"error_code": "DRS.10000001", "error_msg": "Failed."}


def _let_in(pipeline: Pipeline, whom: Callable[[Request], bool]) -> Pipeline:
    """Let some in without a look at their credentials, with rights in every project."""

    def authenticate(request: Request) -> Identity:
        return Identity("") if whom(request) else pipeline.authenticate(request)

    def authorize(identity: Identity, route: Route) -> None:
        if identity.project_id:
            pipeline.authorize(identity, route)

    return replace(pipeline, authenticate=authenticate, authorize=authorize)


@step_fault("no-authentication", breaks=("AUTH-001",))
def _no_authentication(pipeline: Pipeline) -> Pipeline:
    """Everybody is let in, with rights in every project."""
    return _let_in(pipeline, lambda _request: True)


@step_fault("token-optional", breaks=("AUTH-001",))
def _token_optional(pipeline: Pipeline) -> Pipeline:
    """Whoever sends no token is let in."""
    return _let_in(pipeline, lambda request: not request.distinct("X-Auth-Token"))


@step_fault("any-token", breaks=("AUTH-002",))
def _any_token(pipeline: Pipeline) -> Pipeline:
    """Whoever sends a token is let in, whichever it is."""
    return _let_in(pipeline, lambda request: any(request.distinct("X-Auth-Token")))


@step_fault("no-authorization", breaks=("AUTH-003",))
def _no_authorization(pipeline: Pipeline) -> Pipeline:
    """A token is good for every project."""
    return replace(pipeline, authorize=lambda _identity, _route: None)


@fault("unauthenticated-400", breaks=("AUTH-004",))
def _unauthenticated(_exchange: Exchange, answer: Answer) -> Answer:
    """A missing or wrong token is refused like an unknown batch."""
    return replace(answer.with_json(SERVICE_REFUSAL), status=400) if answer.status == 401 else answer


@fault("forbidden-400", breaks=("AUTH-006",))
def _forbidden(_exchange: Exchange, answer: Answer) -> Answer:
    """A project without rights is refused like an unknown batch."""
    return replace(answer.with_json(SERVICE_REFUSAL), status=400) if answer.status == 403 else answer


@step_fault("content-type-optional", breaks=("REQ-003",))
def _content_type_optional(pipeline: Pipeline) -> Pipeline:
    """A call without Content-Type is accepted."""
    return replace(
        pipeline,
        check_content_type=lambda request: (
            pipeline.check_content_type(request) if request.distinct("Content-Type") else None
        ),
    )


@step_fault("content-type-ignored", breaks=("REQ-004",))
def _content_type_ignored(pipeline: Pipeline) -> Pipeline:
    """Every media type is accepted."""
    return replace(pipeline, check_content_type=lambda _request: None)


@step_fault("charset-refused", breaks=("REQ-005",))
def _charset_refused(pipeline: Pipeline) -> Pipeline:
    """Only the very text application/json is accepted."""

    def check(request: Request) -> None:
        if request.distinct("Content-Type") != (b"application/json",):
            raise GatewayError(415, "APIGW.0201", "Unsupported media type.")

    return replace(pipeline, check_content_type=check)


@step_fault("any-method", breaks=("REQ-007",))
def _any_method(pipeline: Pipeline) -> Pipeline:
    """Every method commits."""
    return replace(pipeline, route=lambda request: pipeline.route(replace(request, method="POST")))


@step_fault("crash-on-odd-languages", breaks=("HTTP-003",))
def _crash(pipeline: Pipeline) -> Pipeline:
    """An undocumented X-Language makes the server fail."""

    def choose(request: Request) -> Language:
        try:
            return pipeline.choose_language(request)
        except RefusalError:
            raise GatewayError(500, "APIGW.0601", "Internal server error.") from None

    return replace(pipeline, choose_language=choose)


@fault("gateway-html", breaks=("GATE-001",))
def _html(_exchange: Exchange, answer: Answer) -> Answer:
    """The gateway refuses with a page of HTML."""
    return replace(answer, body=b"<h1>Unauthorized</h1>") if answer.status == 401 else answer


@fault("gateway-code-missing", breaks=("GATE-001",))
def _code_missing(_exchange: Exchange, answer: Answer) -> Answer:
    """The gateway refuses without an error_code."""
    return answer.with_json({"error_msg": "Unauthorized"}) if answer.status == 401 else answer


@fault("gateway-code-12", breaks=("GATE-002",))
def _code_12(_exchange: Exchange, answer: Answer) -> Answer:
    """The gateway refuses with a code of the service's length."""
    return answer.with_json({**answer.json(), "error_code": "APIGW.000301"}) if answer.status == 401 else answer


@fault("gateway-without-request-id", breaks=("GATE-003",))
def _without_request_id(_exchange: Exchange, answer: Answer) -> Answer:
    """The gateway refuses without a request_id."""
    if answer.status != 401:
        return answer
    return answer.with_json({key: value for key, value in answer.json().items() if key != "request_id"})
