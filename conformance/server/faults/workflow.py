"""Faults in what is accepted and what is refused."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.answers import Answer, RefusalError, ServiceError
from conformance.server.batches import Batch, BatchStatus
from conformance.server.commit import CommitAsyncJob
from conformance.server.faults.registry import fault, step_fault
from conformance.server.messages import Language
from conformance.server.pipeline import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.pipeline import Exchange, Pipeline
    from conformance.server.request import Request


def _lenient(pipeline: Pipeline, passes: Callable[[Batch | None], bool]) -> Pipeline:
    """Accept some batches that are to be refused."""

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def judge(async_job_id: str, batch: Batch | None, language: Language) -> ServiceError | None:
            return None if passes(batch) else commit.judge(async_job_id, batch, language)

        return replace(commit, judge=judge)

    return pipeline.revised(CommitAsyncJob, revision)


@step_fault("commit-unknown", breaks=("LIFE-002",))
def _commit_unknown(pipeline: Pipeline) -> Pipeline:
    """A batch that does not exist is committed."""
    return _lenient(pipeline, lambda batch: batch is None)


@step_fault("commit-validating", breaks=("LIFE-003",))
def _commit_validating(pipeline: Pipeline) -> Pipeline:
    """A batch that is still being checked is committed."""
    return _lenient(pipeline, lambda batch: batch is not None and batch.status is BatchStatus.VALIDATING)


@step_fault("commit-failed", breaks=("LIFE-004",))
def _commit_failed(pipeline: Pipeline) -> Pipeline:
    """A batch whose check failed is committed."""
    return _lenient(pipeline, lambda batch: batch is not None and batch.status is BatchStatus.VALIDATE_FAILED)


@step_fault("commit-nothing", breaks=("LIFE-001",))
def _commit_nothing(pipeline: Pipeline) -> Pipeline:
    """No batch is ever committed."""
    return pipeline.revised(CommitAsyncJob, lambda commit: replace(commit, submit=lambda _project_id, _id: False))


@step_fault("commit-in-english-alone", breaks=("REQ-002",))
def _english_alone(pipeline: Pipeline) -> Pipeline:
    """Calls in Chinese are refused."""

    def choose(request: Request) -> Language:
        language = pipeline.choose_language(request)
        if language is Language.CHINESE:
            raise ServiceError("DRS.10000010", "Language not supported.")
        return language

    return replace(pipeline, choose_language=choose)


@fault("status-201", breaks=("REQ-001",))
def _created(_exchange: Exchange, answer: Answer) -> Answer:
    """An accepted commit is answered with 201."""
    return replace(answer, status=201) if answer.status == 200 else answer


@fault("status-404-for-unknown", breaks=("REQ-001",))
def _not_found(_exchange: Exchange, answer: Answer) -> Answer:
    """An unknown batch is answered with 404."""
    unknown = answer.status == 400 and answer.json()["error_code"] == "DRS.10000010"
    return replace(answer, status=404) if unknown else answer


@fault("status-500-for-validating", breaks=("REQ-001",))
def _crash(exchange: Exchange, answer: Answer) -> Answer:
    """A batch that is still being checked makes the server fail."""
    validating = exchange.status_before is BatchStatus.VALIDATING and answer.status == 400
    return replace(answer, status=500) if validating else answer


@step_fault("refused-calls-commit", breaks=("AUTH-005",))
def _effect(pipeline: Pipeline) -> Pipeline:
    """A call that is refused for its token commits its batch all the same."""

    def rewrite(exchange: Exchange, answer: Answer) -> Answer:
        if exchange.operation_id is not None and answer.status == 401:
            with contextlib.suppress(RefusalError):
                pipeline.handlers[exchange.operation_id](Call(exchange.path_parameters, Language.ENGLISH))
        return pipeline.rewrite(exchange, answer)

    return replace(pipeline, rewrite=rewrite)
