"""Oracles of LIFE: which batches are committed, and how calls change the state of a batch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState, Language
from conformance.requirements.oracle_helpers import unchanged
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange


@oracle("LIFE-001")
def validated_is_committed(exchange: Exchange) -> Judgement | None:
    """A batch whose tasks have all been verified is committed with status 200; REQ-002 judges X-Language."""
    situation = exchange.situation
    if situation.batch is not BatchState.READY or not situation.documented or situation.language is not Language.ABSENT:
        return None
    return passed() if exchange.status == 200 else violated("status 200", f"status {exchange.status}")


@oracle("LIFE-002")
def unknown_is_refused(exchange: Exchange) -> Judgement | None:
    """An ID that no batch has is refused with status 400; undocumented calls with it do not succeed either."""
    situation = exchange.situation
    if situation.operation is None or situation.batch is not BatchState.UNKNOWN or not situation.authorised:
        return None
    # A path that is normalised before it is routed may lead to another resource.
    if 200 <= exchange.status < 300 and not re.search(r"[/\\]|^\.*$", situation.batch_id):
        return violated("a refusal with status 400", f"status {exchange.status}")
    return _refused(exchange, BatchState.UNKNOWN)


@oracle("LIFE-003")
def validating_is_refused(exchange: Exchange) -> Judgement | None:
    """A batch that is still being checked is refused with status 400."""
    return _refused(exchange, BatchState.VALIDATING)


@oracle("LIFE-004")
def failed_is_refused(exchange: Exchange) -> Judgement | None:
    """A batch whose check reported an error is refused with status 400."""
    return _refused(exchange, BatchState.FAILED)


@oracle("LIFE-005")
def second_commit(exchange: Exchange) -> Judgement | None:
    """Records the answer to a second commit of a batch, which the documentation does not describe."""
    if exchange.situation.batch is not BatchState.COMMITTED or not exchange.situation.documented:
        return None
    return passed("is accepted again" if exchange.status == 200 else f"is refused with status {exchange.status}")


@sequence_oracle("LIFE-011", "second-commits")
def stays_committed(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A committed batch is not committed once more after a further commit of it was refused."""
    refused = False
    for exchange in exchanges:
        if refused and exchange.status == 200:
            return violated("a refusal, as before", "status 200")
        refused = refused or 400 <= exchange.status < 500
    return passed()


@sequence_oracle("LIFE-006", "simultaneous-commits")
def simultaneous(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Records how many simultaneous commits of one batch are accepted, which the documentation does not say."""
    accepted = sum(exchange.status == 200 for exchange in exchanges)
    return passed(f"{accepted} of {len(exchanges)} simultaneous commits are accepted")


@sequence_oracle(
    "LIFE-007",
    "media-types",
    "other-methods",
    "neighbouring-paths",
    "other-calls-without-a-token",
    "calls-that-may-be-refused",
    "calls-that-name-another-batch",
)
def refusals_change_nothing(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A validated batch can still be committed after calls that were refused for their form, method or path."""
    return unchanged(exchanges)


@sequence_oracle("LIFE-008", "simultaneous-commits")
def one_wins(exchanges: Sequence[Exchange]) -> Judgement | None:
    """At least one of several simultaneous commits of a validated batch is accepted."""
    if any(exchange.status == 200 for exchange in exchanges):
        return passed()
    seen = ", ".join(str(exchange.status) for exchange in exchanges)
    return violated("status 200 for one of the simultaneous commits", f"statuses {seen}")


@oracle("LIFE-009")
def batch_of_another_project(exchange: Exchange) -> Judgement | None:
    """A validated batch of another project is not committed through the caller's project."""
    if exchange.situation.batch is not BatchState.FOREIGN or not exchange.situation.documented:
        return None
    return passed() if exchange.status >= 300 else violated("a refusal with status 400", f"status {exchange.status}")


@sequence_oracle("LIFE-010", "two-batches")
def other_batches_stay(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Another validated batch can still be committed after the commit of the first one."""
    first, second = exchanges
    if first.status != 200:
        return None
    return passed() if second.status == 200 else violated("status 200 for the other batch", f"status {second.status}")


def _refused(exchange: Exchange, state: BatchState) -> Judgement | None:
    situation = exchange.situation
    if situation.batch is not state or situation.operation is None or not situation.authorised:
        return None
    if not situation.documented:
        if 200 <= exchange.status < 300:
            return violated("a refusal", f"status {exchange.status}")
        return passed() if 400 <= exchange.status < 500 else None
    return passed() if exchange.status == 400 else violated("status 400", f"status {exchange.status}")
