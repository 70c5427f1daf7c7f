"""A recorded request made out to this target and this account, and whether it may go there at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from conformance.errors import MissingInputError
from conformance.exchange.classification import ORDINARY_HEADERS, BatchState
from conformance.exchange.exchange import Request
from conformance.exchange.tokens import is_placeholder_token
from conformance.findings.placeholders import BATCH, EXPIRED, FOREIGN_PROJECT, PROJECT, fill, tokens
from conformance.requirements.http.scenarios import ODD_HEADERS
from conformance.requirements.request.scenarios import BODIES, QUERIES
from conformance.target.batches import OPTIONS, UNIQUE

if TYPE_CHECKING:
    from conformance.reports.model import Step
    from conformance.target.session import Account, Session

__all__ = ["FilledRequest", "instantiate", "is_safe_to_send"]

HEADERS = frozenset(name.lower() for name in ORDINARY_HEADERS)
"""Headers to which the suite gives any value; others are sent only as it sends them itself.

What stands in front of a service may take another header for the true path or method.
"""
PARAMETER = re.compile("[?&;#].*=", re.DOTALL)
"""What a careless server may read in a path as the parameters of a query."""
ODD = frozenset((name.lower(), value) for name, value in ODD_HEADERS)


@dataclass(frozen=True)
class FilledRequest:
    """A request that is made out.

    Attributes:
        request: The request.
        batch_id: The batch that was put into it, decoded; empty if there is none.
    """

    request: Request
    batch_id: str


def instantiate(step: Step, session: Session) -> FilledRequest:
    """Return the request, with a batch of its own, the account's projects and its tokens in their places.

    Raises:
        LedgerError: It cannot be put down that a batch has been taken.
        UnavailableError: No batch in the state that it needs is left.
        MissingInputError: There is something else that it needs.
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
    segment = places[BATCH] = _segment(step, session) if step.batch else ""
    return FilledRequest(Request(step.method, fill(step.target, places), headers, step.body), unquote(segment))


def is_safe_to_send(filled_in: FilledRequest, session: Session) -> bool:
    """Return whether a request from an untrusted file is safe to send.

    Where batches cannot be created at will, it must be one that the suite itself could have made: it reads, or tries an
    operation on a batch, and names no batch but the one that was put into it, which is random or the user's own. Its
    query and its body are among those that the suite sends, or the beginning of such a body, so neither names another.
    """
    if session.batches.can_create_batches:
        return True
    request = filled_in.request
    situation = session.classify(request)
    query = request.target.partition("?")[2]
    return (
        session.permits(request)
        and situation.harmless
        and situation.batch_id in ("", filled_in.batch_id)
        and re.fullmatch(r"[\w-]*", situation.project_id) is not None
        and not PARAMETER.search(_decoded(filled_in.batch_id))
        and (not query or query in QUERIES)
        and any(body.startswith(request.body) for body in BODIES)
        and all(name.lower() in HEADERS or (name.lower(), value) in ODD for name, value in request.headers)
    )


def _decoded(text: str) -> str:
    """Decode a text as often as it is percent-encoded."""
    while (plain := unquote(text)) != text:
        text = plain
    return text


def _tokens(template: str, account: Account) -> dict[str, str]:
    """Return the tokens that may stand in a header."""
    if f"{{{EXPIRED}}}" in template and account.expired_token is None:
        raise MissingInputError("needs a token that has expired, which only the mock names")
    made = tokens(account.token)
    if is_placeholder_token(account.token) and any(f"{{{name}}}" in template for name in list(made)[1:]):
        raise MissingInputError("needs a token, and not a key that signs")
    return made | {EXPIRED: account.expired_token or ""}


def _segment(step: Step, session: Session) -> str:
    """Return the ID of a batch that is what the first one was known to be, percent-encoded."""
    state, segment, batches = BatchState(step.batch), step.segment, session.batches
    if state is BatchState.UNKNOWN:
        if segment is None:
            return batches.unknown()
        # On the way to a mock it keeps its very octets.
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
