"""Scenarios of RES: a commit that is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session


@scenario(BatchState.READY)
def commits_on_a_used_connection(session: Session) -> Sequence[Exchange]:
    """Commits of validated batches in each language on one connection, among refused calls."""
    languages = ("en-us", "zh-cn", None)
    batches = [session.batches.allocate(BatchState.READY) for _ in languages]
    commits = [
        session.commit(batch_id, language=language) for batch_id, language in zip(batches, languages, strict=True)
    ]
    unknown = session.commit(session.batches.unknown())
    return session.send_in_turn([unknown, *commits, unknown, session.commit(batches[0], token=None)])


@scenario(BatchState.READY)
def commits_of_validated_batches(session: Session) -> Sequence[Exchange]:
    """The commit of a validated batch."""
    return [session.send(session.commit(session.batches.allocate(BatchState.READY)))]
