"""Faults in what happens to ready batches: LIFE-001, LIFE-007, LIFE-008 and LIFE-010."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.batches import BatchStatus
from conformance.mock.faults.conditions import (
    all_of,
    has_header,
    refused,
    requests_no_language,
    status,
    succeeded,
)
from conformance.mock.faults.effects import ready_refused_fault, refused_commit_fault
from conformance.mock.faults.registry import answer_fault, pipeline_fault, step_fault
from conformance.mock.faults.rewrites import with_status
from conformance.mock.faults.stateful import Memory
from conformance.mock.operations.commit import CommitAsyncJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.pipeline import Pipeline

COMMIT = 0.05
"""Seconds that a commit takes."""
SIMULTANEOUS = 0.1
"""Seconds within which calls count as simultaneous."""


# LIFE-001: a ready batch is committed.
ready_refused_fault(
    "validated-refused-without-language",
    "LIFE-001",
    "Refuse a ready batch if there is no X-Language.",
    requests_no_language,
)


@step_fault("commit-nothing", breaks=("LIFE-001",))
def _commit_nothing(pipeline: Pipeline) -> Pipeline:
    """Commit no batch at all."""
    return pipeline.revised(CommitAsyncJob, lambda commit: replace(commit, submit=lambda _project_id, _id: False))


@step_fault("commit-at-the-second-call", breaks=("LIFE-001",))
def _second_call(pipeline: Pipeline) -> Pipeline:
    """Refuse the first commit of a ready batch, and accept the second."""
    seen = Memory[object]()

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def submit(project_id: str, async_job_id: str) -> bool:
            call = object()
            first = seen.setdefault(async_job_id, call) is call
            return not first and commit.submit(project_id, async_job_id)

        return replace(commit, submit=submit)

    return pipeline.revised(CommitAsyncJob, revision)


@step_fault("one-commit-at-a-time", breaks=("LIFE-001",))
def _one_at_a_time(pipeline: Pipeline) -> Pipeline:
    """Refuse a ready batch while another one is being committed."""
    lock = threading.Lock()

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def submit(project_id: str, async_job_id: str) -> bool:
            if not lock.acquire(blocking=False):
                return False
            try:
                time.sleep(COMMIT)
                return commit.submit(project_id, async_job_id)
            finally:
                lock.release()

        return replace(commit, submit=submit)

    return pipeline.revised(CommitAsyncJob, revision)


# LIFE-007: a refused call does not change a ready batch.
refused_commit_fault(
    "refused-media-types-commit", "LIFE-007", "Commit the batch of a call that is refused with 415.", status(415)
)
refused_commit_fault(
    "too-large-calls-commit", "LIFE-007", "Commit the batch of a call that is refused with 413.", status(413)
)
refused_commit_fault(
    "refused-methods-commit", "LIFE-007", "Commit the batch of a call that is refused with 405.", status(405)
)
refused_commit_fault(
    "refused-head-commits",
    "LIFE-007",
    "Commit the batch of a call with HEAD.",
    lambda context, _answer: context.request.method == "HEAD",
)
refused_commit_fault(
    "refused-paths-commit", "LIFE-007", "Commit the batch of a call that is refused with 404.", status(404)
)
refused_commit_fault(
    "refused-slashes-commit",
    "LIFE-007",
    "Commit the batch of a call with a slash at the end of its path, and refuse it with 404.",
    all_of(status(404), lambda context, _answer: context.request.path.endswith(b"/commit/")),
)
refused_commit_fault(
    "refused-languages-commit",
    "LIFE-007",
    "Commit the batch of a call that is refused for its X-Language.",
    all_of(refused, lambda context, _answer: context.request.distinct("X-Language") == (b"fr-fr",)),
)
answer_fault(
    "precondition-after-the-commit",
    "LIFE-007",
    "Commit the batch of a call with If-Match before it is refused with 412.",
    all_of(succeeded, has_header("If-Match")),
    with_status(412),
)


# LIFE-008: one of simultaneous commits of a ready batch is accepted.
@step_fault("simultaneous-commits-lock", breaks=("LIFE-008",))
def _lock(pipeline: Pipeline) -> Pipeline:
    """Refuse all simultaneous commits of a ready batch, and all later ones."""
    lock, under_way, locked = threading.Lock(), list[str](), Memory[object]()

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def submit(project_id: str, async_job_id: str) -> bool:
            batch = commit.find(project_id, async_job_id)
            if batch is None or batch.status is not BatchStatus.READY:
                return False
            with lock:
                if async_job_id in under_way:
                    locked.setdefault(async_job_id, object())
                under_way.append(async_job_id)
            time.sleep(SIMULTANEOUS)
            with lock:
                under_way.remove(async_job_id)
                return locked.get(async_job_id) is None and commit.submit(project_id, async_job_id)

        return replace(commit, submit=submit)

    return pipeline.revised(CommitAsyncJob, revision)


def _spreading(name: str, summary: str, chosen: Callable[[list[str], str], list[str]]) -> None:
    """Register a fault by which a commit also commits other ready batches of the project.

    Args:
        name: Name of the fault.
        summary: Its summary.
        chosen: Returns the IDs to commit, given the IDs of the project's batches and the committed ID.
    """

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
            def submit(project_id: str, async_job_id: str) -> bool:
                done = commit.submit(project_id, async_job_id)
                if done:
                    siblings = [batch.async_job_id for batch in commit.siblings(project_id)]
                    for other in chosen(siblings, async_job_id):
                        commit.submit(project_id, other)
                return done

            return replace(commit, submit=submit)

        return pipeline.revised(CommitAsyncJob, revision)

    pipeline_fault(name, "LIFE-010", summary, rebuild)


def _following(batches: list[str], async_job_id: str) -> list[str]:
    place = batches.index(async_job_id) + 1
    return batches[place : place + 1]


# LIFE-010: the commit of one batch does not change others.
_spreading("commit-all", "Commit all batches of the project with each commit.", lambda batches, _id: batches)
_spreading("commit-the-next-too", "Commit also the batch that was created after the committed one.", _following)
