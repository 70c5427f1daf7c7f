"""Filling in of a recorded request for this target and this account, and the check that it is safe to send."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from conformance.errors import MissingInputError
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Request
from conformance.exchange.identifiers import random_uuid
from conformance.exchange.tokens import is_placeholder_token
from conformance.findings.placeholders import BATCH, FOREIGN_PROJECT, OTHER_TOKENS, PROJECT, fill, named_tokens
from conformance.requirements.http.scenarios import ODD_HEADERS, ODD_IDS
from conformance.requirements.request.scenarios import BODIES, NEIGHBOURS, QUERIES, SPELLINGS
from conformance.target.batches import OPTIONS, UNIQUE
from conformance.target.session import COMMON_HEADERS

if TYPE_CHECKING:
    from conformance.exchange.exchange import Header
    from conformance.reports.model import Step
    from conformance.spec.openapi import Operation
    from conformance.target.account import Account
    from conformance.target.session import Session

__all__ = ["FilledRequest", "instantiate", "is_safe_to_send"]

SUITE_HEADERS = frozenset((name.lower(), value) for name, value in (*ODD_HEADERS, *COMMON_HEADERS))
"""Headers that the suite sends, with their values."""
NO_BATCH = "00000000-0000-4000-8000-000000000000"
"""The ID in a request that is only looked at."""
DRAWN_HEADERS = ("content-type", "x-language", "accept-encoding")
"""Headers whose values the suite also draws, or lists in its scenarios."""
DRAWN_VALUE = re.compile(r"[\w */+;=,.-]{0,80}")
"""Values of these headers that no server takes for anything else."""
TOKEN = re.compile("[!-~]*")
"""A token, right or wrong."""
DRAWN_ID = re.compile(r"[\w~-]{1,2048}")
"""Odd IDs that no server takes for a path, a parameter or another ID."""


@dataclass(frozen=True)
class FilledRequest:
    """A request with values in place of its placeholders.

    Attributes:
        request: The request.
        batch_id: The ID of the batch that was filled in, decoded; empty if there is none.
        path: The template of the path, with `{project}` for any project.
        odd_id: The recorded part of an odd ID, decoded; empty if the ID is not odd.
    """

    request: Request
    batch_id: str
    path: str
    odd_id: str


def instantiate(step: Step, session: Session, *, allocate: bool = True) -> FilledRequest:
    """Return the request with a batch, the projects of the account and its tokens in place of the placeholders.

    A project that is neither the account's nor the foreign one becomes a random one. Without `allocate`, the ID is one
    that no batch has: nothing is used up to see whether the request is safe to send.

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
    segment = ""
    if step.batch:
        segment = _batch_segment(step, session) if allocate else NO_BATCH
    places[BATCH] = segment
    template, path = _with_random_project(step.target, session)
    request = Request(step.method, fill(template, places), headers, step.body)
    return FilledRequest(request, unquote(segment), path, unquote(step.segment or ""))


def _with_random_project(template: str, session: Session) -> tuple[str, str]:
    """Return a target with a random project in place of a recorded one, in any spelling, and the template of its path.

    A mock gets the recorded project.
    """
    path, mark, query = template.partition("?")
    shape = path.replace(f"{{{FOREIGN_PROJECT}}}", f"{{{PROJECT}}}")
    position = session.operation.template.split("/").index("{project_id}")
    segments = path.split("/")
    recorded = unquote(segments[position]) if len(segments) > position and f"{{{PROJECT}}}" not in shape else ""
    if re.fullmatch(r"[\w-]+", recorded) and not session.batches.can_create_batches:
        random_project = random_uuid(random.Random(recorded))  # noqa: S311 - reproducible, not secret
        segments[position] = random_project.replace("-", "")
        shape = "/".join(f"{{{PROJECT}}}" if index == position else text for index, text in enumerate(segments))
    return "/".join(segments) + mark + query, shape


def is_safe_to_send(filled: FilledRequest, session: Session) -> bool:
    """Return whether a request from an untrusted file is safe to send.

    If the target cannot create batches, the request must be one that the suite itself could have made, to the last
    part: the path of an operation, or one that a scenario makes of it, with the batch filled in, which is random or
    named by the user, and the project, which is random or of the account; a query that a scenario sends; a body that
    is one of a scenario or the beginning of one; headers of the suite, each once. So nothing of it names another
    batch, another project or another operation.
    """
    if session.batches.can_create_batches:
        return True
    request = filled.request
    situation = session.classify(request)
    query = request.target.partition("?")[2]
    names = [name.lower() for name, _ in request.headers]
    return (
        not session.unsafe_reason(request, situation)
        and situation.harmless
        and situation.batch_id in ("", filled.batch_id)
        and filled.path in _paths(situation.operation or session.operation)
        and _is_plain_id(filled.odd_id)
        and (not query or query in QUERIES)
        and any(body.startswith(request.body) for body in BODIES)
        and len(set(names)) == len(names)
        and all(map(_is_suite_header, request.headers))
    )


def _paths(operation: Operation) -> set[str]:
    """Return the template of the path of an operation, and of those that scenarios make of it."""
    names = {"project_id": f"{{{PROJECT}}}", "async_job_id": f"{{{BATCH}}}"}
    path = re.sub(r"\{(\w+)\}", lambda match: names.get(match[1], match[0]), operation.template)
    return {path, *(path.replace(*change) for change in (*NEIGHBOURS, *SPELLINGS))}


def _is_plain_id(odd_id: str) -> bool:
    return not odd_id or DRAWN_ID.fullmatch(odd_id) is not None or any(known.startswith(odd_id) for known in ODD_IDS)


def _is_suite_header(header: Header) -> bool:
    name, value = header[0].lower(), header[1]
    if name == "x-auth-token":
        return (name, value) in SUITE_HEADERS or TOKEN.fullmatch(value) is not None
    return (name, value) in SUITE_HEADERS or (name in DRAWN_HEADERS and DRAWN_VALUE.fullmatch(value) is not None)


def _tokens(template: str, account: Account) -> dict[str, str]:
    """Return the value of each placeholder of a token; raises `MissingInputError` if the template needs one more."""
    for name in OTHER_TOKENS:
        if f"{{{name}}}" in template and name not in account.other_tokens:
            raise MissingInputError(f"needs --{name}")
    values = named_tokens(account.token)
    if is_placeholder_token(account.token) and any(f"{{{name}}}" in template for name in list(values)[1:]):
        raise MissingInputError("needs a token instead of an access key")
    return values | account.other_tokens


def _batch_segment(step: Step, session: Session) -> str:
    """Return the percent-encoded ID of a batch in the state that the first one had."""
    state, segment, batches = BatchState(step.batch), step.segment, session.batches
    if state is BatchState.UNCERTAIN:
        state = BatchState.READY  # as it was before the calls that made it uncertain
    if state is BatchState.UNKNOWN:
        if segment is None:
            return batches.unknown()
        # A mock gets the recorded octets.
        return segment if batches.can_create_batches else quote(batches.invented(unquote(segment)), safe="")
    if not batches.can_create_batches:
        if segment is not None:
            raise MissingInputError("needs a target that creates batches with IDs like this, as the mock does")
        if not batches.has(state):
            raise MissingInputError(f"needs a batch in state {state.value!r}: --profile full and {OPTIONS[state]} ID")
    if state is BatchState.FOREIGN:
        return quote(batches.foreign(), safe="")
    if segment is None:
        return quote(batches.allocate(state), safe="")
    rest = unquote(segment)[UNIQUE:]
    return quote(batches.allocate(state, lambda uuid: f"{uuid[:UNIQUE]}{rest}"), safe="")
