"""Faults in what calls do: refused ones that commit, and accepted ones that do too little or too much."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.server.answers import RefusalError
from conformance.server.batches import BatchStatus
from conformance.server.faults.conditions import When, also, chinese, status
from conformance.server.faults.registry import step_fault
from conformance.server.messages import AnswerLanguage
from conformance.server.operations.commit import CommitAsyncJob
from conformance.server.pipeline import OperationCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.answers import Answer
    from conformance.server.pipeline import Pipeline, RequestContext

OPERATION = "CommitAsyncJob"
WINDOW = 0.1
"""Seconds in which calls count as simultaneous."""


def _commit(pipeline: Pipeline, project_id: str, async_job_id: str) -> None:
    """Commit a batch on the side."""
    with contextlib.suppress(RefusalError):
        parameters = {"project_id": project_id, "async_job_id": async_job_id}
        pipeline.handlers[OPERATION](OperationCall(parameters, AnswerLanguage.ENGLISH))


def _committing(name: str, breaks: str, summary: str, when: When) -> None:
    """Register a fault by which refused calls commit the batch in their path, in the project of their path or token."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def rewrite(context: RequestContext, answer: Answer) -> Answer:
            if when(context, answer):
                for project_id, async_job_id in _named(pipeline, context):
                    _commit(pipeline, project_id, async_job_id)
            return answer

        return pipeline.rewritten(rewrite)

    rebuild.__doc__ = summary
    step_fault(name, breaks=(breaks,))(rebuild)


def _named(pipeline: Pipeline, context: RequestContext) -> list[tuple[str, str]]:
    """Return the project and the batch that a call may mean, whatever its path."""
    segments = [unquote(segment) for segment in context.request.path.decode("ascii", "replace").split("/") if segment]
    projects = segments
    with contextlib.suppress(RefusalError):
        projects = [*segments, pipeline.authenticate(context.request).project_id]
    return [(project, batch) for project in projects for batch in segments]


def _with_token(context: RequestContext, _answer: Answer) -> bool:
    return any(context.request.distinct("X-Auth-Token"))


_committing("refused-calls-commit", "AUTH-005", "A call that is refused for its token commits its batch.", status(401))
_committing(
    "refused-tokens-commit", "AUTH-005", "A call with a wrong token commits its batch.", also(status(401), _with_token)
)
_committing("foreign-calls-commit", "AUTH-009", "A call for a foreign project commits one's own batch.", status(403))
_committing(
    "foreign-calls-commit-in-chinese",
    "AUTH-009",
    "In Chinese, a call for a foreign project commits one's own batch.",
    also(status(403), chinese),
)
_committing("refused-media-types-commit", "LIFE-007", "A call that is refused with 415 commits its batch.", status(415))
_committing("refused-methods-commit", "LIFE-007", "A call that is refused with 405 commits its batch.", status(405))
_committing("refused-paths-commit", "LIFE-007", "A call that is refused with 404 commits its batch.", status(404))


@step_fault("commit-nothing", breaks=("LIFE-001",))
def _commit_nothing(pipeline: Pipeline) -> Pipeline:
    """No batch is ever committed."""
    return pipeline.revised(CommitAsyncJob, lambda commit: replace(commit, submit=lambda _project_id, _id: False))


@step_fault("commit-at-the-second-call", breaks=("LIFE-001",))
def _second_call(pipeline: Pipeline) -> Pipeline:
    """A validated batch is refused once, and committed when it is asked for again."""
    lock, seen = threading.Lock(), set[str]()

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def submit(project_id: str, async_job_id: str) -> bool:
            with lock:
                first = async_job_id not in seen
                seen.add(async_job_id)
            return not first and commit.submit(project_id, async_job_id)

        return replace(commit, submit=submit)

    return pipeline.revised(CommitAsyncJob, revision)


@step_fault("simultaneous-commits-lock", breaks=("LIFE-008",))
def _lock(pipeline: Pipeline) -> Pipeline:
    """Simultaneous commits of a validated batch lock one another out, for good."""
    lock, under_way, locked = threading.Lock(), list[str](), set[str]()

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def submit(project_id: str, async_job_id: str) -> bool:
            batch = commit.find(project_id, async_job_id)
            if batch is None or batch.status is not BatchStatus.READY:
                return False
            with lock:
                if async_job_id in under_way:
                    locked.add(async_job_id)
                under_way.append(async_job_id)
            time.sleep(WINDOW)
            with lock:
                under_way.remove(async_job_id)
                return async_job_id not in locked and commit.submit(project_id, async_job_id)

        return replace(commit, submit=submit)

    return pipeline.revised(CommitAsyncJob, revision)


def _spreading(name: str, summary: str, chosen: Callable[[list[str], str], list[str]]) -> None:
    """Register a fault by which a commit commits further validated batches of the project: those chosen of all."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
            def submit(project_id: str, async_job_id: str) -> bool:
                done = commit.submit(project_id, async_job_id)
                if done:
                    others = [batch.async_job_id for batch in commit.siblings(project_id)]
                    for other in chosen(others, async_job_id):
                        commit.submit(project_id, other)
                return done

            return replace(commit, submit=submit)

        return pipeline.revised(CommitAsyncJob, revision)

    rebuild.__doc__ = summary
    step_fault(name, breaks=("LIFE-010",))(rebuild)


def _following(batches: list[str], async_job_id: str) -> list[str]:
    place = batches.index(async_job_id) + 1
    return batches[place : place + 1]


_spreading("commit-all", "The commit of a batch commits all of its project.", lambda batches, _id: batches)
_spreading("commit-the-next-too", "The commit of a batch commits the one that was made after it.", _following)
