"""Changes of who is let in, which the faults of several areas use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.authentication import Identity

if TYPE_CHECKING:
    from conformance.mock.faults.conditions import OfRequest
    from conformance.mock.pipeline import Pipeline
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

__all__ = ["ANYWHERE", "let_in", "with_rights", "with_token"]

ANYWHERE = Identity("")
"""An identity with rights in every project."""


def let_in(pipeline: Pipeline, when: OfRequest) -> Pipeline:
    """Accept some requests without a check of their credentials, with rights in every project."""
    return with_rights(
        replace(
            pipeline,
            authenticate=lambda request: ANYWHERE if when(request) else pipeline.authenticate(request),
        )
    )


def with_rights(pipeline: Pipeline) -> Pipeline:
    """Give the identity `ANYWHERE` rights in every project."""

    def authorize(identity: Identity, route: Route) -> None:
        if identity != ANYWHERE:
            pipeline.authorize(identity, route)

    return replace(pipeline, authorize=authorize)


def with_token(request: ReceivedRequest, token: bytes) -> ReceivedRequest:
    """Return a request with another token instead of its own."""
    others = tuple(header for header in request.headers if header[0] != b"x-auth-token")
    return replace(request, headers=(*others, (b"x-auth-token", token)))
