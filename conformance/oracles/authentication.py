"""Oracles on authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.oracles.registry import Judgement, breaks, holds, oracle, sequence_oracle
from conformance.situation import BatchState, Credentials, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Exchange

REFUSED = "a refusal, 401 or 403"


@oracle("AUTH-001")
def missing_token(exchange: Exchange) -> Judgement | None:
    """A call without X-Auth-Token must not succeed, whatever batch it names."""
    if exchange.situation.operation is None or exchange.situation.credentials is not Credentials.MISSING:
        return None
    return _not_accepted(exchange)


@oracle("AUTH-002")
def wrong_token(exchange: Exchange) -> Judgement | None:
    """A call with a token that IAM never issued must not succeed, whatever batch it names."""
    if exchange.situation.operation is None or exchange.situation.credentials is not Credentials.WRONG:
        return None
    return _not_accepted(exchange)


@oracle("AUTH-003")
def foreign_project(exchange: Exchange) -> Judgement | None:
    """A call with a good token for a project in which it grants nothing must not succeed."""
    situation = exchange.situation
    if situation.operation is None or situation.credentials is not Credentials.VALID:
        return None
    return _not_accepted(exchange) if situation.project is Project.FOREIGN else None


@oracle("AUTH-004")
def refusal_status(exchange: Exchange) -> Judgement | None:
    """The refusal of a missing or wrong token says so: 401, or 403 as in the older table of DRS."""
    situation = exchange.situation
    if situation.operation is None or situation.credentials is Credentials.VALID or not situation.plain:
        return None
    if exchange.status >= 500:
        return None  # the server's own fault, which has a requirement of its own
    return holds() if exchange.status in (401, 403) else breaks("status 401 or 403", f"status {exchange.status}")


@sequence_oracle("AUTH-005", "refused-calls-have-no-effect")
def no_effect(exchanges: Sequence[Exchange]) -> Judgement | None:
    """After refused calls that name a validated batch, that batch can still be committed."""
    *refused, last = exchanges
    if last.situation.credentials is not Credentials.VALID or any(200 <= exchange.status < 300 for exchange in refused):
        return None
    if last.status == 200:
        return holds()
    return breaks("the batch can still be committed (200)", f"status {last.status}: a refused call changed it")


@oracle("AUTH-006")
def foreign_status(exchange: Exchange) -> Judgement | None:
    """The refusal of a project in which the token grants nothing says so: 403, or 401."""
    situation = exchange.situation
    if situation.operation is None or situation.credentials is not Credentials.VALID or not situation.plain:
        return None
    if situation.project is not Project.FOREIGN:
        return None
    return holds() if exchange.status in (401, 403) else breaks("status 401 or 403", f"status {exchange.status}")


def _not_accepted(exchange: Exchange) -> Judgement | None:
    if 200 <= exchange.status < 300:
        return breaks(REFUSED, f"status {exchange.status}")
    # Any other refusal of a batch that nobody could commit says nothing about the token.
    telling = exchange.status in (401, 403) or exchange.situation.batch is BatchState.READY
    return holds() if telling else None
