"""Filling in of a recorded request for this target and this account, and the check that it is safe to send."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from conformance.errors import MissingInputError
from conformance.exchange.classification import ORDINARY_HEADERS, BatchState
from conformance.exchange.exchange import Request
from conformance.exchange.tokens import is_placeholder_token
from conformance.findings.placeholders import BATCH, EXPIRED, FOREIGN_PROJECT, PROJECT, fill, named_tokens
from conformance.requirements.http.scenarios import ODD_HEADERS
from conformance.requirements.request.scenarios import BODIES, QUERIES
from conformance.target.batches import OPTIONS, UNIQUE

if TYPE_CHECKING:
    from conformance.reports.model import Step
    from conformance.target.session import Account, Session

__all__ = ["FilledRequest", "instantiate", "is_safe_to_send"]

ANY_VALUE_HEADERS = frozenset(name.lower() for name in ORDINARY_HEADERS)
"""Headers that may have any value. Others are sent only with a value that the suite itself sends.

A proxy in front of a service may take another header for the true path or method.
"""
QUERY_PARAMETER = re.compile("[?&;#].*=", re.DOTALL)
"""A part of a path that a careless server may read as a query parameter."""
SUITE_HEADERS = frozenset((name.lower(), value) for name, value in ODD_HEADERS)
"""Other headers that the suite sends, with their values."""


@dataclass(frozen=True)
class FilledRequest:
    """A request with values in place of its placeholders.

    Attributes:
        request: The request.
        batch_id: The ID of the batch that was filled in, decoded; empty if there is none.
    """

    request: Request
    batch_id: str


def instantiate(step: Step, session: Session) -> FilledRequest:
    """Return the request with a batch, the projects of the account and its tokens in place of the placeholders.

    Raises:
        LedgerError: The use of a batch cannot be recorded.
        NoBatchError: No batch in the state that the request needs is left.
        MissingInputError: The request needs something else that is missing.
    """
    account = session.account
    places = {PROJECT: quote(account.project_id, safe="")}
    if account.foreign_project_id is not None:
        places[FOREIGN_PROJECT] = quote(account.foreign_project_id, safe="")
    elif f"{{{FOREIGN_PROJECT}}}" in step.target:
        raise MissingInputError("needs --foreign-project-id")
    headers = tuple(
        (name, fill(value, _tokens(value, account) if name.lower() == "x-auth-token" else {}))
        for name, value in step.headers
    )
    segment = places[BATCH] = _batch_segment(step, session) if step.batch else ""
    return FilledRequest(Request(step.method, fill(step.target, places), headers, step.body), unquote(segment))


def is_safe_to_send(filled: FilledRequest, session: Session) -> bool:
    """Return whether a request from an untrusted file is safe to send.

    If the target cannot create batches, the request must be one that the suite itself could have made. It reads, or
    calls an operation on a batch, and the only batch that it names is the one filled in, which is random or named by
    the user. Its query is one that the suite sends, and its body is one or the beginning of one, so that neither names
    another batch.
    """
    if session.batches.can_create_batches:
        return True
    request = filled.request
    situation = session.classify(request)
    query = request.target.partition("?")[2]
    return (
        session.permits(request)
        and situation.harmless
        and situation.batch_id in ("", filled.batch_id)
        and re.fullmatch(r"[\w-]*", situation.project_id) is not None
        and not QUERY_PARAMETER.search(_decoded(filled.batch_id))
        and (not query or query in QUERIES)
        and any(body.startswith(request.body) for body in BODIES)
        and all(
            name.lower() in ANY_VALUE_HEADERS or (name.lower(), value) in SUITE_HEADERS
            for name, value in request.headers
        )
    )


def _decoded(text: str) -> str:
    """Decode a text as often as it is percent-encoded."""
    while (plain := unquote(text)) != text:
        text = plain
    return text


def _tokens(template: str, account: Account) -> dict[str, str]:
    """Return the value of each placeholder of a token; raises `MissingInputError` if the template needs one more."""
    if f"{{{EXPIRED}}}" in template and account.expired_token is None:
        raise MissingInputError("needs an expired token, which only the mock provides")
    values = named_tokens(account.token)
    if is_placeholder_token(account.token) and any(f"{{{name}}}" in template for name in list(values)[1:]):
        raise MissingInputError("needs a token instead of an access key")
    return values | {EXPIRED: account.expired_token or ""}


def _batch_segment(step: Step, session: Session) -> str:
    """Return the percent-encoded ID of a batch in the state that the first one had."""
    state, segment, batches = BatchState(step.batch), step.segment, session.batches
    if state is BatchState.UNKNOWN:
        if segment is None:
            return batches.unknown()
        # A mock gets the recorded octets.
        return segment if batches.can_create_batches else quote(batches.invented(unquote(segment)), safe="")
    if not batches.can_create_batches:
        if state is BatchState.FOREIGN:
            raise MissingInputError("needs a target that creates batches in a foreign project, as the mock does")
        if segment is not None:
            raise MissingInputError("needs a target that creates batches with IDs like this, as the mock does")
        if not batches.has(state):
            raise MissingInputError(f"needs a batch in state {state.value!r}: --profile full and {OPTIONS[state]} ID")
    elif state is BatchState.FOREIGN:
        return quote(batches.foreign(), safe="")
    if segment is None:
        return quote(batches.allocate(state), safe="")
    rest = unquote(segment)[UNIQUE:]
    return quote(batches.allocate(state, lambda uuid: f"{uuid[:UNIQUE]}{rest}"), safe="")
