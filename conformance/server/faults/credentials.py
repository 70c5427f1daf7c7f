"""Faults in who is let in: without a token, with a wrong one, and for whose project."""

from __future__ import annotations

import contextlib
import string
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.answers import GatewayError
from conformance.server.authentication import Identity
from conformance.server.faults.registry import step_fault
from conformance.server.operations.commit import CommitAsyncJob
from conformance.server.settings import FOREIGN_PROJECT_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.server.pipeline import Pipeline
    from conformance.server.request import ReceivedRequest
    from conformance.server.routing import Route

TOKEN = b"x-auth-token"
EXPIRED = "APIGW.0307"
VISIBLE = (string.ascii_letters + string.digits + string.punctuation).encode()
ANYWHERE = Identity("")
"""Somebody with rights in every project."""


def _let_in(pipeline: Pipeline, whom: Callable[[ReceivedRequest], bool]) -> Pipeline:
    """Let some in without a look at their credentials, with rights in every project."""
    return _with_rights(
        replace(
            pipeline,
            authenticate=lambda request: ANYWHERE if whom(request) else pipeline.authenticate(request),
        )
    )


def _with_rights(pipeline: Pipeline) -> Pipeline:
    """Give whoever is `ANYWHERE` rights in every project."""

    def authorize(identity: Identity, route: Route) -> None:
        if identity != ANYWHERE:
            pipeline.authorize(identity, route)

    return replace(pipeline, authorize=authorize)


def _tokens(request: ReceivedRequest) -> tuple[bytes, ...]:
    return request.distinct("X-Auth-Token")


def _without_language(request: ReceivedRequest) -> bool:
    return not request.distinct("X-Language")


@step_fault("no-authentication", breaks=("AUTH-001",))
def _no_authentication(pipeline: Pipeline) -> Pipeline:
    """Everybody is let in, with rights in every project."""
    return _let_in(pipeline, lambda _request: True)


@step_fault("token-optional", breaks=("AUTH-001",))
def _token_optional(pipeline: Pipeline) -> Pipeline:
    """Whoever sends no token is let in."""
    return _let_in(pipeline, lambda request: not _tokens(request))


@step_fault("token-optional-without-language", breaks=("AUTH-001",))
def _token_optional_without_language(pipeline: Pipeline) -> Pipeline:
    """Whoever sends neither a token nor X-Language is let in."""
    return _let_in(pipeline, lambda request: not _tokens(request) and _without_language(request))


@step_fault("any-token", breaks=("AUTH-002",))
def _any_token(pipeline: Pipeline) -> Pipeline:
    """Whoever sends a token is let in, whichever it is."""
    return _let_in(pipeline, lambda request: any(_tokens(request)))


@step_fault("token-null", breaks=("AUTH-002",))
def _token_null(pipeline: Pipeline) -> Pipeline:
    """Whoever sends null for a token is let in."""
    return _let_in(pipeline, lambda request: _tokens(request) == (b"null",))


@step_fault("token-unsigned", breaks=("AUTH-002",))
def _token_unsigned(pipeline: Pipeline) -> Pipeline:
    """A token that begins like those of IAM is not looked at any further."""
    return _let_in(pipeline, lambda request: any(token.startswith(b"MII") for token in _tokens(request)))


@step_fault("token-expired", breaks=("AUTH-002",))
def _token_expired(pipeline: Pipeline) -> Pipeline:
    """A token that has expired is still accepted."""

    def authenticate(request: ReceivedRequest) -> Identity:
        try:
            return pipeline.authenticate(request)
        except GatewayError as refusal:
            if refusal.code == EXPIRED:
                return ANYWHERE
            raise

    return _with_rights(replace(pipeline, authenticate=authenticate))


@step_fault("token-empty", breaks=("AUTH-007",))
def _token_empty(pipeline: Pipeline) -> Pipeline:
    """Whoever sends an empty token is let in."""
    return _let_in(pipeline, lambda request: _tokens(request) == (b"",))


@step_fault("token-empty-without-language", breaks=("AUTH-007",))
def _token_empty_without_language(pipeline: Pipeline) -> Pipeline:
    """Whoever sends an empty token and no X-Language is let in."""
    return _let_in(pipeline, lambda request: _tokens(request) == (b"",) and _without_language(request))


def _taken_for(name: str, summary: str, spellings: Callable[[bytes], Iterable[bytes]]) -> None:
    """Register a fault that accepts a token if one of these is the right one."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def authenticate(request: ReceivedRequest) -> Identity:
            try:
                return pipeline.authenticate(request)
            except GatewayError:
                for sent in filter(None, _tokens(request)):
                    for token in spellings(sent):
                        with contextlib.suppress(GatewayError):
                            return pipeline.authenticate(_with_token(request, token))
                raise

        return replace(pipeline, authenticate=authenticate)

    rebuild.__doc__ = summary
    step_fault(name, breaks=("AUTH-008",))(rebuild)


def _with_token(request: ReceivedRequest, token: bytes) -> ReceivedRequest:
    others = tuple(header for header in request.headers if header[0] != TOKEN)
    return replace(request, headers=(*others, (TOKEN, token)))


_taken_for(
    "token-cut", "A token is accepted without its last character.", lambda sent: (sent + bytes((x,)) for x in VISIBLE)
)
_taken_for("token-in-any-case", "The case of a token does not matter.", lambda sent: (sent.lower(), sent.swapcase()))
_taken_for(
    "token-doubled", "A token that is sent twice in one value is accepted.", lambda sent: (sent[: len(sent) // 2],)
)
_taken_for("token-lengthened", "A character after the token is overlooked.", lambda sent: (sent[:-1],))


@step_fault("no-authorization", breaks=("AUTH-003",))
def _no_authorization(pipeline: Pipeline) -> Pipeline:
    """A token is good for every project."""
    return replace(pipeline, authorize=lambda _identity, _route: None)


def _everywhere(pipeline: Pipeline, when: Callable[[ReceivedRequest], bool]) -> Pipeline:
    """Give those who are let in rights in every project, in some calls."""

    def authenticate(request: ReceivedRequest) -> Identity:
        identity = pipeline.authenticate(request)
        return ANYWHERE if when(request) else identity

    return _with_rights(replace(pipeline, authenticate=authenticate))


@step_fault("no-authorization-in-chinese", breaks=("AUTH-003",))
def _no_authorization_in_chinese(pipeline: Pipeline) -> Pipeline:
    """A token is good for every project in calls in Chinese."""
    return _everywhere(pipeline, lambda request: request.distinct("X-Language") == (b"zh-cn",))


@step_fault("no-authorization-without-language", breaks=("AUTH-003",))
def _no_authorization_without_language(pipeline: Pipeline) -> Pipeline:
    """A token is good for every project in calls without X-Language."""
    return _everywhere(pipeline, _without_language)


def _made_up(name: str, summary: str, when: Callable[[ReceivedRequest], bool]) -> None:
    """Register a fault that takes a project that does not exist, and so has no batches, for the token's."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def route(request: ReceivedRequest) -> Route:
            found = pipeline.route(request)
            if when(request) and not _exists(pipeline, found):
                with contextlib.suppress(GatewayError):
                    own = pipeline.authenticate(request).project_id
                    return replace(found, path_parameters={**found.path_parameters, "project_id": own})
            return found

        return replace(pipeline, route=route)

    rebuild.__doc__ = summary
    step_fault(name, breaks=("AUTH-010",))(rebuild)


def _exists(pipeline: Pipeline, route: Route) -> bool:
    project_id, handler = route.path_parameters["project_id"], pipeline.handlers[route.operation.id]
    has_batches = isinstance(handler, CommitAsyncJob) and bool(handler.siblings(project_id))
    return has_batches or project_id == FOREIGN_PROJECT_ID


_made_up("project-made-up", "A project that does not exist is taken for the token's.", lambda _request: True)
_made_up(
    "project-made-up-in-chinese",
    "In Chinese, a project that does not exist is taken for the token's.",
    lambda request: request.distinct("X-Language") == (b"zh-cn",),
)
