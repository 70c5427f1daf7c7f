"""Scenarios of ERR: commits of batches that do not exist, in each language and repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.requirements.scenario_helpers import LANGUAGES
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session


@scenario()
def unknown_batches(session: Session) -> Sequence[Exchange]:
    """Commits of batches that do not exist, in each language."""
    return [session.send(session.commit(session.batches.unknown(), language=language)) for language in LANGUAGES]


@scenario()
def one_refusal_in_each_language(session: Session) -> Sequence[Exchange]:
    """The commit of one unknown batch in each language, and then without X-Language again."""
    batch_id = session.batches.unknown()
    return [session.send(session.commit(batch_id, language=language)) for language in (*LANGUAGES, None)]


@scenario()
def one_refusal_over_again(session: Session) -> Sequence[Exchange]:
    """The commit of one unknown batch, three times."""
    batch_id = session.batches.unknown()
    return [session.send(session.commit(batch_id)) for _ in range(3)]
