"""Scenarios of RES: a commit that is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.requirements.scenario_helpers import MADE_UP
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session


@scenario(BatchState.READY)
def commits_on_a_used_connection(session: Session) -> Sequence[Exchange]:
    """Commits of validated batches in Chinese and in no language on one connection, among refused calls."""
    languages = ("zh-cn", None)
    batches = [session.batches.allocate(BatchState.READY) for _ in languages]
    commits = [
        session.commit(batch_id, language=language) for batch_id, language in zip(batches, languages, strict=True)
    ]
    unknown = session.commit(session.batches.unknown())
    states = [state for state in (BatchState.FAILED,) if session.batches.has(state)]
    failed = [session.commit(session.batches.allocate(state)) for state in states]
    without = [session.commit(batches[0], token=token) for token in (None, MADE_UP)]
    return session.send_in_turn([unknown, *commits, *failed, unknown, *without])


@scenario(BatchState.READY)
def commits_of_validated_batches(session: Session) -> Sequence[Exchange]:
    """The commit of a validated batch."""
    return [session.send(session.commit(session.batches.allocate(BatchState.READY)))]
