"""Scenarios of RES: a commit that is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.requirements.scenario_helpers import MADE_UP
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange, Request
    from conformance.target.session import Session


@scenario(BatchState.READY)
def commits_on_a_used_connection(session: Session) -> Sequence[Exchange]:
    """Commits of validated batches on one connection, in Chinese and in no language, among calls to be refused."""
    languages = ("zh-cn", None)
    batches = [session.batches.allocate(BatchState.READY) for _ in languages]
    commits = [
        session.commit(batch_id, language=language) for batch_id, language in zip(batches, languages, strict=True)
    ]
    unknown = session.commit(session.batches.unknown())
    validating, failed = (_if_available(session, state) for state in (BatchState.VALIDATING, BatchState.FAILED))
    first = session.commit(session.batches.unknown(), token=None)
    without = session.commit(batches[0], token=None)
    wrong = session.commit(session.batches.reusable_ready(), token=MADE_UP)
    return session.send_in_turn([first, commits[0], unknown, *validating, commits[1], *failed, unknown, without, wrong])


@scenario(BatchState.READY)
def commits_of_validated_batches(session: Session) -> Sequence[Exchange]:
    """The commit of a validated batch."""
    return [session.send(session.commit(session.batches.allocate(BatchState.READY)))]


def _if_available(session: Session, state: BatchState) -> list[Request]:
    """Return the commit of a batch in a state, or nothing if there is none."""
    return [session.commit(session.batches.allocate(state))] if session.batches.has(state) else []
