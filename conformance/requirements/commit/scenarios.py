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
def commits_of_validated_batches(session: Session) -> Sequence[Exchange]:
    """The commit of a validated batch."""
    return [session.send(session.commit(session.batches.allocate(BatchState.READY)))]
