"""Faults in who is let in, and in how others are refused: AUTH-001 to AUTH-011."""

from __future__ import annotations

import contextlib
import string
import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.mock.answers import Answer, GatewayError
from conformance.mock.authentication import CHALLENGE
from conformance.mock.faults.access import ANYWHERE, let_in, with_rights, with_token
from conformance.mock.faults.conditions import (
    OfRequest,
    all_of,
    chinese,
    has_header,
    requests_chinese,
    requests_no_language,
    status,
)
from conformance.mock.faults.effects import refused_commit_fault
from conformance.mock.faults.registry import answer_fault, pipeline_fault, step_fault
from conformance.mock.faults.rewrites import with_status
from conformance.mock.faults.stateful import Memory
from conformance.mock.operations.commit import CommitAsyncJob
from conformance.mock.settings import FOREIGN_PROJECT_ID

if TYPE_CHECKING:
    from conformance.mock.authentication import Identity
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

TOKEN = b"x-auth-token"
EXPIRED = "APIGW.0307"
SIMULTANEOUS = 0.4
"""Seconds within which a busy machine starts all simultaneous calls."""
VISIBLE = (string.ascii_letters + string.digits + string.punctuation).encode()
SERVICE_ERROR = {"error_code": "DRS.10000001", "error_msg": "Failed."}
LOGIN = "/login"
SESSION = "JSESSIONID=5F0C1A7E44B24C17B5D3A1C0F2E9D8B7"

unauthenticated = status(401)
forbidden = status(403)
sent_token = has_header("X-Auth-Token")


def _tokens(request: ReceivedRequest) -> tuple[bytes, ...]:
    return request.distinct("X-Auth-Token")


def _letting_in(name: str, breaks: str, summary: str, when: OfRequest) -> None:
    """Register a fault that accepts some requests without a check of their credentials."""
    pipeline_fault(name, breaks, summary, lambda pipeline: let_in(pipeline, when))


# AUTH-001: a call without a token is not accepted.
_letting_in("no-authentication", "AUTH-001", "Accept every call, with rights in every project.", lambda _request: True)
_letting_in("token-optional", "AUTH-001", "Accept calls without a token.", lambda request: not _tokens(request))
_letting_in(
    "token-optional-without-language",
    "AUTH-001",
    "Accept calls that have neither a token nor X-Language.",
    lambda request: not _tokens(request) and requests_no_language(request),
)


_letting_in(
    "token-optional-with-charset",
    "AUTH-001",
    "Accept calls without a token if the Content-Type has a charset.",
    lambda request: not _tokens(request) and any(b"charset" in value for value in request.distinct("Content-Type")),
)


def _in_session(request: ReceivedRequest) -> bool:
    return not _tokens(request) and any(SESSION.encode() in value for value in request.distinct("Cookie"))


@step_fault("session-in-a-cookie", breaks=("AUTH-001",))
def _session(pipeline: Pipeline) -> Pipeline:
    """Set a cookie in a 200, and accept calls with it that have no token."""

    def begin(context: RequestContext, answer: Answer) -> Answer:
        begins = context.authenticated and answer.status == HTTPStatus.OK
        return answer.with_header("Set-Cookie", f"{SESSION}; Path=/; HttpOnly") if begins else answer

    return let_in(pipeline, _in_session).rewritten(begin)


@step_fault("token-optional-with-slash", breaks=("AUTH-001",))
def _with_slash(pipeline: Pipeline) -> Pipeline:
    """Accept a slash at the end of the path, and ask for no token there."""

    def route(request: ReceivedRequest) -> Route:
        return pipeline.route(replace(request, path=request.path.rstrip(b"/")))

    open_to_all = let_in(pipeline, lambda request: request.path.endswith(b"/") and not _tokens(request))
    return replace(open_to_all, route=route)


@step_fault("token-in-another-header", breaks=("AUTH-001",))
def _another_header(pipeline: Pipeline) -> Pipeline:
    """Accept the token in Authorization as well."""

    def authenticate(request: ReceivedRequest) -> Identity:
        given = request.distinct("Authorization")
        return pipeline.authenticate(request if _tokens(request) or not given else with_token(request, given[0]))

    return replace(pipeline, authenticate=authenticate)


_letting_in(
    "signature-not-verified",
    "AUTH-001",
    "Accept a call without a token that has any signature.",
    lambda request: (
        not any(_tokens(request)) and any(v.startswith(b"SDK-HMAC-SHA256") for v in request.distinct("Authorization"))
    ),
)


@step_fault("results-cached", breaks=("AUTH-001",))
def _cached(pipeline: Pipeline) -> Pipeline:
    """Answer every further call on a path as the one that succeeded there."""
    results = Memory[Answer]()

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        if answer.status == HTTPStatus.OK:
            return results.setdefault(context.request.path, answer)
        known = results.get(context.request.path) if answer.status == HTTPStatus.UNAUTHORIZED else None
        return known or answer

    return pipeline.rewritten(rewrite)


@step_fault("token-ignored-once-seen", breaks=("AUTH-001",))
def _once_seen(pipeline: Pipeline) -> Pipeline:
    """Accept every call on a path on which a valid token has been used."""
    known = Memory[bytes]()

    def authenticate(request: ReceivedRequest) -> Identity:
        if known.get(request.path):
            return ANYWHERE
        identity = pipeline.authenticate(request)
        known.setdefault(request.path, b"known")
        return identity

    return with_rights(replace(pipeline, authenticate=authenticate))


# AUTH-002: a call with a wrong token is not accepted.
_letting_in("any-token", "AUTH-002", "Accept any token that is not empty.", lambda request: any(_tokens(request)))
_letting_in("token-null", "AUTH-002", "Accept the token null.", lambda request: _tokens(request) == (b"null",))
_letting_in(
    "token-unsigned",
    "AUTH-002",
    "Accept every token that begins like a token of IAM.",
    lambda request: any(token.startswith(b"MII") for token in _tokens(request)),
)


@step_fault("token-expired", breaks=("AUTH-002",))
def _token_expired(pipeline: Pipeline) -> Pipeline:
    """Accept a token that has expired."""

    def authenticate(request: ReceivedRequest) -> Identity:
        try:
            return pipeline.authenticate(request)
        except GatewayError as refusal:
            if refusal.code == EXPIRED:
                return ANYWHERE
            raise

    return with_rights(replace(pipeline, authenticate=authenticate))


def _everywhere(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault that gives an accepted token rights in every project, in some calls."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def authenticate(request: ReceivedRequest) -> Identity:
            identity = pipeline.authenticate(request)
            return ANYWHERE if when(request) else identity

        return with_rights(replace(pipeline, authenticate=authenticate))

    pipeline_fault(name, "AUTH-003", summary, rebuild)


# AUTH-003: a token is of no use in a project in which it has no rights.
pipeline_fault(
    "no-authorization",
    "AUTH-003",
    "Accept a token in every project.",
    lambda pipeline: replace(pipeline, authorize=lambda _identity, _route: None),
)
_everywhere("no-authorization-in-chinese", "Accept a token in every project if X-Language is zh-cn.", requests_chinese)
_everywhere(
    "no-authorization-without-language",
    "Accept a token in every project if there is no X-Language.",
    requests_no_language,
)
_everywhere(
    "project-of-a-header",
    "Accept a token in every project if there is an X-Project-Id.",
    lambda request: any(request.distinct("X-Project-Id")),
)


def _as_service_error(_context: RequestContext, answer: Answer) -> Answer:
    return replace(answer.with_json(SERVICE_ERROR), status=400)


def _redirected(_context: RequestContext, answer: Answer) -> Answer:
    return replace(answer.with_header("Location", LOGIN), status=302)


# AUTH-004: a call without a valid token is refused with 401 or 403.
answer_fault(
    "unauthenticated-400",
    "AUTH-004",
    "Answer a missing or wrong token with a 400 of the service.",
    unauthenticated,
    _as_service_error,
)
answer_fault(
    "unauthenticated-400-with-token",
    "AUTH-004",
    "Answer a wrong token with a 400 of the service.",
    all_of(unauthenticated, sent_token),
    _as_service_error,
)
answer_fault(
    "unauthenticated-404", "AUTH-004", "Answer a missing or wrong token with 404.", unauthenticated, with_status(404)
)
answer_fault(
    "unauthenticated-302",
    "AUTH-004",
    "Redirect a missing or wrong token to a login page, with 302.",
    unauthenticated,
    _redirected,
)

# AUTH-005: a call that was refused for its token has no effect.
refused_commit_fault(
    "refused-calls-commit", "AUTH-005", "Commit the batch of a call that is refused with 401.", unauthenticated
)
refused_commit_fault(
    "refused-tokens-commit",
    "AUTH-005",
    "Commit the batch of a call that is refused for a wrong token.",
    all_of(unauthenticated, sent_token),
)

# AUTH-006: a call for a project without rights is refused with 401 or 403.
answer_fault(
    "forbidden-400", "AUTH-006", "Answer a forbidden project with a 400 of the service.", forbidden, _as_service_error
)
answer_fault(
    "forbidden-400-in-chinese",
    "AUTH-006",
    "Answer a forbidden project with a 400 of the service if X-Language is zh-cn.",
    all_of(forbidden, chinese),
    _as_service_error,
)
answer_fault(
    "unknown-project-400",
    "AUTH-006",
    "Answer a project that does not exist with a 400 of the service.",
    all_of(forbidden, lambda context, _answer: FOREIGN_PROJECT_ID.encode() not in context.request.path),
    _as_service_error,
)
answer_fault("forbidden-404", "AUTH-006", "Answer a forbidden project with 404.", forbidden, with_status(404))
answer_fault("forbidden-302", "AUTH-006", "Redirect a forbidden project with 302.", forbidden, _redirected)

# AUTH-007: an empty token is not accepted.
_letting_in("token-empty", "AUTH-007", "Accept an empty token.", lambda request: _tokens(request) == (b"",))
_letting_in(
    "token-empty-without-language",
    "AUTH-007",
    "Accept an empty token if there is no X-Language.",
    lambda request: _tokens(request) == (b"",) and requests_no_language(request),
)


# AUTH-009: a call for a project without rights has no effect on a batch of the caller.
refused_commit_fault(
    "foreign-calls-commit", "AUTH-009", "Commit the caller's batch in a call for a forbidden project.", forbidden
)
refused_commit_fault(
    "foreign-calls-commit-in-chinese",
    "AUTH-009",
    "Commit the caller's batch in a call for a forbidden project if X-Language is zh-cn.",
    all_of(forbidden, chinese),
)


def _made_up(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault that replaces a project that does not exist, so has no batches, with the token's."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def route(request: ReceivedRequest) -> Route:
            found = pipeline.route(request)
            if when(request) and not _exists(pipeline, found):
                with contextlib.suppress(GatewayError):
                    own = pipeline.authenticate(request).project_id
                    return replace(found, path_parameters={**found.path_parameters, "project_id": own})
            return found

        return replace(pipeline, route=route)

    pipeline_fault(name, "AUTH-010", summary, rebuild)


@step_fault("project-by-its-beginning", breaks=("AUTH-010",))
def _longer_project(pipeline: Pipeline) -> Pipeline:
    """Use the token's project for each project whose ID begins with its ID."""

    def route(request: ReceivedRequest) -> Route:
        found = pipeline.route(request)
        with contextlib.suppress(GatewayError):
            own = pipeline.authenticate(request).project_id
            if own and found.path_parameters["project_id"].startswith(own):
                return replace(found, path_parameters={**found.path_parameters, "project_id": own})
        return found

    return replace(pipeline, route=route)


def _exists(pipeline: Pipeline, route: Route) -> bool:
    project_id, handler = route.path_parameters["project_id"], pipeline.handlers[route.operation.id]
    has_batches = isinstance(handler, CommitAsyncJob) and bool(handler.siblings(project_id))
    return has_batches or project_id == FOREIGN_PROJECT_ID


# AUTH-010: a project that does not exist is not accepted.
_made_up("project-made-up", "Use the token's project instead of one that does not exist.", lambda _request: True)
_made_up(
    "project-made-up-in-chinese",
    "Use the token's project instead of one that does not exist if X-Language is zh-cn.",
    requests_chinese,
)


# AUTH-011: a call is answered for its own caller.
@step_fault("callers-mixed-up", breaks=("AUTH-011",))
def _callers_mixed_up(pipeline: Pipeline) -> Pipeline:
    """Refuse the token of a call with content while a call with content has another one."""
    under_way, seen = list[tuple[bytes, ...]](), Memory[object]()

    def authenticate(request: ReceivedRequest) -> Identity:
        own = _tokens(request)
        if not request.body:
            return pipeline.authenticate(request)
        under_way.append(own)
        others = {*under_way}
        if seen.get(request.path):
            time.sleep(SIMULTANEOUS)
        mixed_up = bool({*others, *under_way} - {own})
        under_way.remove(own)
        seen.setdefault(request.path, own)
        if mixed_up:
            raise _wrong_token()
        return pipeline.authenticate(request)

    return replace(pipeline, authenticate=authenticate)


def _wrong_token() -> GatewayError:
    return GatewayError(401, "APIGW.0301", "Incorrect IAM authentication information.", CHALLENGE)


# AUTH-002, on a connection that is used again.
pipeline_fault(
    "token-ignored-on-a-known-connection",
    "AUTH-002",
    "Accept each call on a connection except the first without a token.",
    lambda pipeline: let_in(pipeline, lambda request: request.number > 1),
)
