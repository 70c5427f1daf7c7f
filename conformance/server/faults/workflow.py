"""Faults in what is accepted and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.answers import Answer, ServiceError
from conformance.server.batches import Batch, BatchStatus
from conformance.server.faults.conditions import (
    When,
    again,
    also,
    before,
    chinese,
    explicit_english,
    long_id,
    no_language,
    no_uuid,
    refused,
    unicode_id,
)
from conformance.server.faults.registry import answer_fault, step_fault
from conformance.server.messages import AnswerLanguage, ServiceMessage, text
from conformance.server.operations.commit import CommitAsyncJob, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.pipeline import Pipeline, RequestContext
    from conformance.server.request import ReceivedRequest


def _lenient(pipeline: Pipeline, passes: Callable[[Batch | None], bool]) -> Pipeline:
    """Accept some batches that are to be refused."""

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def refuse(async_job_id: str, batch: Batch | None, language: AnswerLanguage) -> ServiceError | None:
            return None if passes(batch) else commit.refuse(async_job_id, batch, language)

        return replace(commit, refuse=refuse)

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


def _accepted(context: RequestContext, answer: Answer) -> Answer:
    async_job_id = context.path_parameters["async_job_id"]
    return replace(answer, status=200, body=render(async_job_id, context.language).body)


def _accepting(name: str, breaks: str, summary: str, *when: When) -> None:
    """Register a fault that accepts, under a condition, what is to be refused."""
    answer_fault(name, breaks, summary, also(refused, *when), _accepted)


UNKNOWN, VALIDATING, FAILED = map(before, (None, BatchStatus.VALIDATING, BatchStatus.VALIDATE_FAILED))

_accepting("commit-unknown-in-chinese", "LIFE-002", "In Chinese, an unknown batch is committed.", UNKNOWN, chinese)
_accepting(
    "commit-unknown-when-repeated-in-chinese",
    "LIFE-002",
    "A call in Chinese that repeats one for an unknown batch commits it.",
    UNKNOWN,
    also(again, chinese),
)
_accepting("commit-unknown-long-id", "LIFE-002", "An unknown ID above 255 characters is committed.", UNKNOWN, long_id)
_accepting("commit-unknown-unicode-id", "LIFE-002", "An unknown ID beyond ASCII is committed.", UNKNOWN, unicode_id)
_accepting("commit-validating-in-chinese", "LIFE-003", "In Chinese, checks are not waited for.", VALIDATING, chinese)
_accepting("commit-validating-when-repeated", "LIFE-003", "A check is waited for once.", VALIDATING, again)
_accepting("commit-validating-odd-id", "LIFE-003", "Without a UUID, checks are not waited for.", VALIDATING, no_uuid)
_accepting("commit-failed-in-english", "LIFE-004", "In English, failed checks do not matter.", FAILED, explicit_english)
_accepting(
    "commit-failed-without-language",
    "LIFE-004",
    "Without X-Language, failed checks do not matter.",
    FAILED,
    no_language,
)
_accepting("commit-failed-unicode-id", "LIFE-004", "Beyond ASCII, failed checks do not matter.", FAILED, unicode_id)

# What is ready, and refused all the same, belongs to another project.
FOREIGN = before(BatchStatus.READY)
_accepting("commit-foreign", "LIFE-009", "The batches of all projects can be committed.", FOREIGN)
_accepting("commit-foreign-in-chinese", "LIFE-009", "In Chinese, the batches of all projects can be.", FOREIGN, chinese)


@step_fault("commit-in-english-alone", breaks=("REQ-002",))
def _english_alone(pipeline: Pipeline) -> Pipeline:
    """Calls in Chinese are refused."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        language = pipeline.choose_language(request)
        if language is AnswerLanguage.CHINESE:
            raise ServiceError("DRS.10000010", "Language not supported.")
        return language

    return replace(pipeline, choose_language=choose)


def _refusing(name: str, breaks: str, summary: str, when: Callable[[ReceivedRequest], bool]) -> None:
    """Register a fault by which some calls for validated batches are refused."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def choose(request: ReceivedRequest) -> AnswerLanguage:
            language = pipeline.choose_language(request)
            if when(request) and _is_ready(pipeline, request):
                raise ServiceError("DRS.10000001", text(ServiceMessage.CONFLICT, language))
            return language

        return replace(pipeline, choose_language=choose)

    rebuild.__doc__ = summary
    step_fault(name, breaks=(breaks,))(rebuild)


def _is_ready(pipeline: Pipeline, request: ReceivedRequest) -> bool:
    route = pipeline.route(request)
    handler = pipeline.handlers[route.operation.id]
    if not isinstance(handler, CommitAsyncJob):
        return False
    batch = handler.find(route.path_parameters["project_id"], route.path_parameters["async_job_id"])
    return batch is not None and batch.status is BatchStatus.READY


_refusing(
    "validated-refused-without-language",
    "LIFE-001",
    "A validated batch is refused without X-Language.",
    lambda request: not request.distinct("X-Language"),
)
_refusing(
    "validated-refused-in-english",
    "REQ-002",
    "A validated batch is refused if English is asked for.",
    lambda request: request.distinct("X-Language") == (b"en-us",),
)
_refusing(
    "validated-refused-in-chinese",
    "REQ-002",
    "A validated batch is refused in Chinese.",
    lambda request: request.distinct("X-Language") == (b"zh-cn",),
)
_refusing(
    "validated-refused-with-charset",
    "REQ-005",
    "A validated batch is refused if the Content-Type has a charset.",
    lambda request: any(b"charset" in value for value in request.distinct("Content-Type")),
)


@step_fault("default-chinese", breaks=("REQ-013",))
def _default_chinese(pipeline: Pipeline) -> Pipeline:
    """A call without X-Language is answered in Chinese."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        return pipeline.choose_language(request) if request.distinct("X-Language") else AnswerLanguage.CHINESE

    return replace(pipeline, choose_language=choose)


@step_fault("languages-swapped", breaks=("REQ-013",))
def _swapped(pipeline: Pipeline) -> Pipeline:
    """English that is asked for is answered in Chinese, unlike a call without X-Language."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        english = request.distinct("X-Language") == (b"en-us",)
        return AnswerLanguage.CHINESE if english else pipeline.choose_language(request)

    return replace(pipeline, choose_language=choose)
