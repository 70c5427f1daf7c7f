"""Oracles on the life of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.oracles.registry import Judgement, breaks, holds, oracle, sequence_oracle
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
    """An ID that no batch has is refused: 400, the one documented failure."""
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


def _refused(exchange: Exchange, state: BatchState) -> Judgement | None:
    if exchange.situation.batch is not state or not exchange.situation.documented:
        return None
    return holds() if exchange.status == 400 else breaks("status 400", f"status {exchange.status}")
