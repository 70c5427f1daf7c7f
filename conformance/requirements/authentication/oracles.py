"""Oracles on authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.requirements.oracle_helpers import unchanged
from conformance.requirements.oracle_registry import Judgement, breaks, holds, oracle, sequence_oracle
from conformance.situation import BatchState, Credentials, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Exchange

REFUSED = "a refusal, 401 or 403"


@oracle("AUTH-001")
def missing_token(exchange: Exchange) -> Judgement | None:
    """A call without X-Auth-Token must not succeed, whatever batch it names."""
    return _not_accepted(exchange, Credentials.MISSING)


@oracle("AUTH-002")
def wrong_token(exchange: Exchange) -> Judgement | None:
    """A call with a token that IAM never issued must not succeed, whatever batch it names."""
    return _not_accepted(exchange, Credentials.WRONG)


@oracle("AUTH-003")
def foreign_project(exchange: Exchange) -> Judgement | None:
    """A call with a good token for a project in which it grants nothing must not succeed."""
    return _not_accepted(exchange, Credentials.VALID) if exchange.situation.project is Project.FOREIGN else None


@oracle("AUTH-004")
def refusal_status(exchange: Exchange) -> Judgement | None:
    """The refusal of a missing, empty or wrong token says so: 401, or 403 as in the older table of DRS.

    Calls on a connection that has been used before have a requirement of their own.
    """
    situation = exchange.situation
    if not situation.well_formed or situation.credentials is Credentials.VALID or exchange.reused:
        return None
    if exchange.status >= 500:
        return None  # the server's own fault, which has a requirement of its own
    return holds() if exchange.status in (401, 403) else breaks("status 401 or 403", f"status {exchange.status}")


@sequence_oracle("AUTH-005", "refused-calls-have-no-effect")
def no_effect(exchanges: Sequence[Exchange]) -> Judgement | None:
    """After refused calls that name a validated batch, that batch can still be committed."""
    return unchanged(exchanges)


@oracle("AUTH-006")
def foreign_status(exchange: Exchange) -> Judgement | None:
    """The refusal of a project in which the token grants nothing says so: 403, or 401."""
    situation = exchange.situation
    if not situation.well_formed or situation.credentials is not Credentials.VALID:
        return None
    if situation.project is not Project.FOREIGN:
        return None
    return holds() if exchange.status in (401, 403) else breaks("status 401 or 403", f"status {exchange.status}")


@oracle("AUTH-007")
def empty_token(exchange: Exchange) -> Judgement | None:
    """A call with an empty X-Auth-Token must not succeed, whatever batch it names."""
    return _not_accepted(exchange, Credentials.EMPTY)


@oracle("AUTH-008")
def similar_token(exchange: Exchange) -> Judgement | None:
    """A call with a token that was cut, lengthened, doubled, or put into another case must not succeed."""
    return _not_accepted(exchange, Credentials.SIMILAR)


@sequence_oracle("AUTH-009", "foreign-calls-have-no-effect", "calls-for-an-unknown-project")
def no_foreign_effect(exchanges: Sequence[Exchange]) -> Judgement | None:
    """After calls for a foreign project that name a batch of one's own, that batch can still be committed."""
    return unchanged(exchanges)


@oracle("AUTH-010")
def unknown_project(exchange: Exchange) -> Judgement | None:
    """A call with a good token for a project that does not exist must not succeed, whatever batch it names."""
    return _not_accepted(exchange, Credentials.VALID) if exchange.situation.project is Project.OTHER else None


def _not_accepted(exchange: Exchange, credentials: Credentials) -> Judgement | None:
    if exchange.situation.operation is None or exchange.situation.credentials is not credentials:
        return None
    if 200 <= exchange.status < 300:
        return breaks(REFUSED, f"status {exchange.status}")
    # Any other refusal of a batch that nobody could commit says nothing about the token.
    telling = exchange.status in (401, 403) or exchange.situation.batch is BatchState.READY
    return holds() if telling else None
