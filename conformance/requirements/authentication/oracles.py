"""Oracles of AUTH: calls without a valid token, and for projects in which the token has no rights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState, Credentials, Project
from conformance.exchange.exchange import TransportFailure
from conformance.requirements.oracle_helpers import json_object, unchanged
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

PROJECT_ID = re.compile("[0-9a-f]{32}")
KINDS = 4
"""Kinds of calls that are sent alone and then together."""
REFUSED = "a refusal with status 401 or 403"


@oracle("AUTH-001")
def missing_token(exchange: Exchange) -> Judgement | None:
    """A call without X-Auth-Token does not succeed, no matter which batch it names."""
    return _not_accepted(exchange, Credentials.MISSING)


@oracle("AUTH-002")
def wrong_token(exchange: Exchange) -> Judgement | None:
    """A call with an expired token, or one that IAM never issued, does not succeed, no matter which batch it names."""
    return _not_accepted(exchange, Credentials.WRONG)


@oracle("AUTH-003")
def foreign_project(exchange: Exchange) -> Judgement | None:
    """A call with a valid token for a project in which it has no rights does not succeed."""
    return _not_accepted(exchange, Credentials.VALID) if exchange.situation.project is Project.FOREIGN else None


@oracle("AUTH-004")
def refusal_status(exchange: Exchange) -> Judgement | None:
    """A missing, empty or wrong token is refused with status 401, or with 403 as in the older table of DRS.

    Calls on a reused connection are judged by HTTP-010 instead.
    """
    situation = exchange.situation
    if not situation.matches_document or exchange.reused:
        return None
    if situation.credentials in (Credentials.VALID, Credentials.FOREIGN):
        return None
    if exchange.status >= 500:
        return None  # a server error, which HTTP-003 judges
    return passed() if exchange.status in (401, 403) else violated("status 401 or 403", f"status {exchange.status}")


@sequence_oracle("AUTH-005", "refused-calls-have-no-effect", unanswered=True)
def no_effect(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A validated batch can still be committed after calls without a valid token that name it, answered or not."""
    return None if isinstance(exchanges[-1].outcome, TransportFailure) else unchanged(exchanges)


@oracle("AUTH-006")
def foreign_status(exchange: Exchange) -> Judgement | None:
    """A call for a project in which the token has no rights is refused with status 401 or 403.

    A project that does not exist, with an ID as the service issues them, is one of these.
    """
    situation = exchange.situation
    if not situation.matches_document or situation.credentials is not Credentials.VALID:
        return None
    unknown = situation.project is Project.OTHER and PROJECT_ID.fullmatch(situation.project_id)
    if situation.project is not Project.FOREIGN and not unknown:
        return None
    return passed() if exchange.status in (401, 403) else violated("status 401 or 403", f"status {exchange.status}")


@oracle("AUTH-007")
def empty_token(exchange: Exchange) -> Judgement | None:
    """A call with an empty X-Auth-Token does not succeed, no matter which batch it names."""
    return _not_accepted(exchange, Credentials.EMPTY)


@oracle("AUTH-008")
def similar_token(exchange: Exchange) -> Judgement | None:
    """A call with the token shortened, lengthened, doubled or in another case does not succeed."""
    return _not_accepted(exchange, Credentials.SIMILAR)


@sequence_oracle(
    "AUTH-009",
    "foreign-calls-have-no-effect",
    "calls-for-an-unknown-project",
    "calls-with-the-token-of-another-project",
    "calls-of-another-customer",
)
def no_foreign_effect(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A validated batch can be committed after calls for or from another project."""
    return unchanged(exchanges)


@oracle("AUTH-010")
def unknown_project(exchange: Exchange) -> Judgement | None:
    """A call with a valid token for a project that does not exist does not succeed, no matter which batch it names."""
    return _not_accepted(exchange, Credentials.VALID) if exchange.situation.project is Project.OTHER else None


@sequence_oracle("AUTH-011", "callers-at-the-same-time", "customers-at-the-same-time")
def own_caller(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call has the same status alone and at the same time as calls with another token."""
    alone, together = exchanges[:KINDS], exchanges[KINDS : len(exchanges) // KINDS * KINDS]
    for number, exchange in enumerate(together):
        usual = alone[number % KINDS]
        if exchange.status != usual.status:
            return violated(f"status {usual.status}, as for a single call", f"status {exchange.status}")
    return passed() if together else None


@oracle("AUTH-012")
def token_of_another_project(exchange: Exchange) -> Judgement | None:
    """A call for the caller's project with a valid token of another project does not succeed."""
    return _not_accepted(exchange, Credentials.FOREIGN) if exchange.situation.project is Project.OWN else None


@sequence_oracle("AUTH-013", "calls-with-a-wrong-token")
def refused_alike(exchanges: Sequence[Exchange]) -> Judgement | None:
    """All tokens that are not valid are refused with the same status, 401 or 403."""
    usual, *others = (exchange.status for exchange in exchanges)
    differing = [status for status in others if status != usual]
    if any(status not in (401, 403) for status in (usual, *differing)):
        return None  # which AUTH-004 judges
    return violated(f"status {usual}, as to another wrong token", f"status {differing[0]}") if differing else passed()


def _not_accepted(exchange: Exchange, credentials: Credentials) -> Judgement | None:
    situation = exchange.situation
    if not situation.reaches or situation.credentials is not credentials:
        return None
    # Another spelling of the path may be another resource, which answers without a result.
    if 200 <= exchange.status < 300 and (situation.operation is not None or "job" in json_object(exchange)):
        return violated(REFUSED, f"status {exchange.status}")
    # Any other refusal may be due to the batch or the path, unless the batch can be committed.
    conclusive = exchange.status in (401, 403) or (
        situation.operation is not None and situation.batch is BatchState.READY
    )
    return passed() if conclusive else None
