"""Oracles on the life of a batch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.requirements.oracle_helpers import unchanged
from conformance.requirements.oracle_registry import Judgement, breaks, holds, oracle, sequence_oracle
from conformance.situation import BatchState, Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Exchange


@oracle("LIFE-001")
def validated_is_committed(exchange: Exchange) -> Judgement | None:
    """A batch whose tasks have all been verified is committed: 200; X-Language has a requirement of its own."""
    situation = exchange.situation
    if situation.batch is not BatchState.READY or not situation.documented or situation.language is not Language.ABSENT:
        return None
    return holds() if exchange.status == 200 else breaks("status 200", f"status {exchange.status}")


@oracle("LIFE-002")
def unknown_is_refused(exchange: Exchange) -> Judgement | None:
    """An ID that no batch has is refused: 400, the one documented failure; even an odd call does not succeed."""
    situation = exchange.situation
    if situation.operation is None or situation.batch is not BatchState.UNKNOWN or not situation.rightful:
        return None
    # A path that is resolved before it is routed may lead elsewhere.
    if 200 <= exchange.status < 300 and not re.search(r"[/\\]|^\.*$", situation.batch_id):
        return breaks("a refusal, status 400", f"status {exchange.status}")
    return _refused(exchange, BatchState.UNKNOWN)


@oracle("LIFE-003")
def validating_is_refused(exchange: Exchange) -> Judgement | None:
    """A batch that is still being checked is refused: 400."""
    return _refused(exchange, BatchState.VALIDATING)


@oracle("LIFE-004")
def failed_is_refused(exchange: Exchange) -> Judgement | None:
    """A batch whose check reported an error is refused: 400."""
    return _refused(exchange, BatchState.FAILED)


@oracle("LIFE-005")
def second_commit(exchange: Exchange) -> Judgement | None:
    """The second commit of a batch: the documentation does not say what happens."""
    if exchange.situation.batch is not BatchState.COMMITTED or not exchange.situation.documented:
        return None
    return holds("is accepted again" if exchange.status == 200 else f"is refused with status {exchange.status}")


@sequence_oracle("LIFE-006", "simultaneous-commits")
def simultaneous(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Commits of one batch at the same time: the documentation does not say how many are accepted."""
    accepted = sum(exchange.status == 200 for exchange in exchanges)
    return holds(f"{accepted} of {len(exchanges)} simultaneous commits are accepted")


@sequence_oracle("LIFE-007", "media-types", "other-methods", "neighbouring-paths")
def refusals_change_nothing(exchanges: Sequence[Exchange]) -> Judgement | None:
    """After calls that are refused for their form, a validated batch that they name can still be committed."""
    return unchanged(exchanges)


@sequence_oracle("LIFE-008", "simultaneous-commits")
def one_wins(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Commits of one validated batch at the same time do not keep one another from success."""
    if any(exchange.status == 200 for exchange in exchanges):
        return holds()
    seen = ", ".join(str(exchange.status) for exchange in exchanges)
    return breaks("one of the simultaneous commits is accepted (200)", f"statuses {seen}")


@oracle("LIFE-009")
def batch_of_another_project(exchange: Exchange) -> Judgement | None:
    """A validated batch of another project is not committed under one's own."""
    if exchange.situation.batch is not BatchState.FOREIGN or not exchange.situation.documented:
        return None
    return holds() if exchange.status >= 300 else breaks("a refusal, status 400", f"status {exchange.status}")


@sequence_oracle("LIFE-010", "two-batches")
def other_batches_stay(exchanges: Sequence[Exchange]) -> Judgement | None:
    """After the commit of one validated batch, another one can still be committed."""
    first, second = exchanges
    if first.status != 200:
        return None
    return holds() if second.status == 200 else breaks("the other batch is committed (200)", f"status {second.status}")


def _refused(exchange: Exchange, state: BatchState) -> Judgement | None:
    if exchange.situation.batch is not state or not exchange.situation.documented:
        return None
    return holds() if exchange.status == 400 else breaks("status 400", f"status {exchange.status}")
