"""Faults in how tokens are compared: AUTH-008 and AUTH-013."""

from __future__ import annotations

import contextlib
import string
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.faults.access import with_token
from conformance.mock.faults.conditions import all_of, status
from conformance.mock.faults.registry import answer_fault, pipeline_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.mock.answers import Answer
    from conformance.mock.authentication import Identity
    from conformance.mock.faults.conditions import When
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest

EXPIRED = "APIGW.0307"
LONGEST_TOKEN = 4096
VISIBLE = (string.ascii_letters + string.digits + string.punctuation).encode()

unauthenticated = status(401)


def _tokens(request: ReceivedRequest) -> tuple[bytes, ...]:
    return request.distinct("X-Auth-Token")


def _taken_for(name: str, summary: str, spellings: Callable[[bytes], Iterable[bytes]]) -> None:
    """Register a fault that accepts a token if one of these other spellings of it is valid."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def authenticate(request: ReceivedRequest) -> Identity:
            try:
                return pipeline.authenticate(request)
            except GatewayError:
                for sent in filter(None, _tokens(request)):
                    for token in spellings(sent):
                        with contextlib.suppress(GatewayError):
                            return pipeline.authenticate(with_token(request, token))
                raise

        return replace(pipeline, authenticate=authenticate)

    pipeline_fault(name, "AUTH-008", summary, rebuild)


# AUTH-008: a token that resembles the right one is not accepted.
_taken_for(
    "token-cut",
    "Accept the token without its last character.",
    lambda sent: (sent + bytes((octet,)) for octet in VISIBLE),
)
_taken_for("token-in-any-case", "Ignore the case of a token.", lambda sent: (sent.lower(), sent.swapcase()))
_taken_for(
    "token-in-a-list", "Accept a list whose last element is the token.", lambda sent: (sent.rpartition(b",")[2],)
)
_taken_for(
    "token-middle-ignored",
    "Ignore a character in the middle of a token.",
    lambda sent: (sent[:20] + bytes((octet,)) + sent[21:] for octet in VISIBLE),
)
_taken_for("token-doubled", "Accept the token twice in one value.", lambda sent: (sent[: len(sent) // 2],))
_taken_for("token-lengthened", "Ignore one character after the token.", lambda sent: (sent[:-1],))
_taken_for(
    "token-end-ignored",
    "Ignore the last character of a token.",
    lambda sent: (sent[:-1] + bytes((octet,)) for octet in VISIBLE),
)


def _with_403(name: str, summary: str, when: When) -> None:
    """Register a fault that refuses some wrong tokens with 403."""

    def change(context: RequestContext, _answer: Answer) -> Answer:
        return GatewayError(403, "APIGW.0306", "Access to the API is denied.").answer(context.request.id)

    answer_fault(name, "AUTH-013", summary, all_of(unauthenticated, when), change)


def _long(context: RequestContext, _answer: Answer) -> bool:
    return any(len(token) > LONGEST_TOKEN for token in _tokens(context.request))


# AUTH-013: tokens that are not valid are refused alike.
_with_403(
    "expired-token-403",
    "Refuse an expired token with 403, and others with 401.",
    lambda _context, answer: answer.json()["error_code"] == EXPIRED,
)
_with_403(
    "long-token-403",
    "Refuse a token of more than 4096 characters with 403, and others with 401.",
    _long,
)
