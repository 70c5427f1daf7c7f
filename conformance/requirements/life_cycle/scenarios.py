"""Scenarios of LIFE: commits of batches in each state, repeated and simultaneous, and of other IDs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Form
from conformance.exchange.identifiers import UUID
from conformance.requirements.covering import pairs_covered
from conformance.requirements.scenario_helpers import (
    LANGUAGES,
    TRACE,
    in_each_language,
    then_committed,
    tried,
    with_headers,
)
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.batches import Shape
    from conformance.target.session import Session

SHAPES: tuple[Shape, ...] = (
    str,
    lambda uuid: f"batch-{uuid[:8]}",
    lambda uuid: f"{uuid}-{'x' * 264}",
    lambda uuid: f"{uuid[:8]}-批次",
)
"""IDs as the service issues them, and others that the documentation allows: short, above 255 characters, Chinese."""

REWRITING = ("X-Original-URL", "X-Rewrite-URL")
"""Headers by which some servers take another path than that of the request line."""

STATES = (BatchState.READY, BatchState.VALIDATING, BatchState.FAILED, BatchState.COMMITTED)
"""The states of an existing batch."""


@scenario(BatchState.VALIDATING)
def batches_being_checked(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch in Chinese, and of one that is still being checked in each language."""
    elsewhere = session.send(session.commit(session.batches.unknown(), language="zh-cn"))
    return [elsewhere, *_refused_in_each_language(session, BatchState.VALIDATING)]


@scenario(BatchState.FAILED)
def batches_that_failed_their_check(session: Session) -> Sequence[Exchange]:
    """Commits of a batch whose check failed, in each language."""
    return _refused_in_each_language(session, BatchState.FAILED)


@scenario(BatchState.READY)
def commits_after_refusals(session: Session) -> Sequence[Exchange]:
    """Calls for batches in other states with a body and needless percent-encoding, and a commit after them."""
    exchanges: list[Exchange] = []
    for state in (BatchState.FAILED, BatchState.VALIDATING):
        if session.batches.has(state):
            batch_id = session.batches.allocate(state)
            usual = session.commit(batch_id, media_type="application/json; charset=utf-8", accept_encoding="gzip")
            content = replace(with_headers(usual, ("Expect", "100-continue")), body=b'{"jobs": []}', form=Form())
            encoded = replace(usual, target=usual.target.replace(batch_id, batch_id.replace("-", "%2d")))
            exchanges += tried(session, [content, encoded])
    return [*exchanges, session.send(session.commit(session.batches.allocate(BatchState.READY)))]


@scenario(BatchState.COMMITTED)
def second_commits(session: Session) -> Sequence[Exchange]:
    """Commits of a batch that has been committed, in each language."""
    return in_each_language(session, BatchState.COMMITTED)


@scenario(BatchState.READY)
def two_batches(session: Session) -> Sequence[Exchange]:
    """The commit of one of two validated batches, and then of the other."""
    # Both exist before the first call. The second answer is evidence about the first call.
    first, second = (session.batches.allocate(BatchState.READY) for _ in range(2))
    return [session.send(session.commit(first)), session.send(session.commit(second), batch=BatchState.UNCERTAIN)]


@scenario(BatchState.FOREIGN, foreign=True)
def batches_of_another_project(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch of another project under the caller's project, in each language."""
    batch_id = session.batches.foreign()
    return tried(session, [session.commit(batch_id, language=language) for language in LANGUAGES])


@scenario(BatchState.READY)
def commits_with_the_same_request_id(session: Session) -> Sequence[Exchange]:
    """The commit of a validated batch, and of an unknown one with the same X-Request-Id and trace."""
    headers = (("X-Request-Id", "drs-conform-0002"), TRACE)
    commits = [
        session.commit(batch_id) for batch_id in (session.batches.allocate(BatchState.READY), session.batches.unknown())
    ]
    return [session.send(with_headers(commit, *headers)) for commit in commits]


@scenario(BatchState.READY)
def simultaneous_commits(session: Session) -> Sequence[Exchange]:
    """Four simultaneous commits of one validated batch."""
    batch_id = session.batches.allocate(BatchState.READY)
    return session.send_together([session.commit(batch_id)] * 4, batch=BatchState.UNCERTAIN)


@scenario(BatchState.READY)
def commits_of_several_batches_at_the_same_time(session: Session) -> Sequence[Exchange]:
    """Simultaneous commits of two validated batches, and two of one in each other state that is available."""
    batches = [session.batches.allocate(BatchState.READY) for _ in range(2)]
    for state in (BatchState.FAILED, BatchState.VALIDATING, BatchState.UNKNOWN):
        batches += [session.batches.allocate(state)] * 2 if session.batches.has(state) else []
    return session.send_together([session.commit(batch_id) for batch_id in batches])


@scenario(BatchState.READY)
def ids_that_resemble_a_validated_one(session: Session) -> Sequence[Exchange]:
    """Commits of IDs that resemble a validated batch's: shorter, longer, encoded, with a space or wildcard."""
    batch_id = session.batches.reusable_ready()
    near = [f"{batch_id} ", f" {batch_id}", f"{batch_id};v=1"]
    # If IDs are not UUIDs, these may be batches that the user has not named.
    if session.batches.can_create_batches or UUID.fullmatch(batch_id.lower()):
        encoded = f"%{ord(batch_id[0]):02x}{batch_id[1:]}"  # a server that decodes a path twice makes it the ID
        near = [batch_id[:-1], f"{batch_id}0", *near, f"{batch_id[:-1]}%", encoded]
    if session.batches.can_create_batches:
        near.append("%")
    return tried(session, [session.commit(other) for other in near if other not in session.batches.states])


@scenario(BatchState.READY)
def calls_that_name_another_batch(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch that name a validated one in the query, the body or a header, and then its commit."""
    batch_id = session.batches.reusable_ready()
    usual, other = session.commit(session.batches.unknown()), session.commit(batch_id)
    body = json.dumps({"async_job_id": batch_id}).encode()
    requests = [
        replace(usual, target=f"{usual.target}?async_job_id={quote(batch_id)}"),
        replace(usual, body=body),
        *(with_headers(usual, (name, other.target)) for name in REWRITING),
    ]
    return then_committed(session, tried(session, requests))


@scenario(can_create_batches=True)
def states_languages_and_ids(session: Session) -> Sequence[Exchange]:
    """Commits of batches in each two of a state, a language and a shape of their IDs, validated ones twice."""
    exchanges = []
    for shape, state, language in pairs_covered(SHAPES, STATES, LANGUAGES):
        batch_id = session.batches.allocate(STATES[state], SHAPES[shape])
        request = session.commit(batch_id, language=LANGUAGES[language])
        times = 2 if STATES[state] is BatchState.READY else 1
        exchanges += [session.send(request) for _ in range(times)]
    return exchanges


def _refused_in_each_language(session: Session, state: BatchState) -> Sequence[Exchange]:
    """Commit a batch that cannot be committed, in each language.

    A batch that the user names may have been validated meanwhile, so that the first acceptance ends the scenario.
    """
    if session.batches.can_create_batches:
        return in_each_language(session, state)
    batch_id = session.batches.allocate(state)
    return tried(session, [session.commit(batch_id, language=language) for language in LANGUAGES])
