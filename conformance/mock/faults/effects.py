"""Faults in the effects of calls that more than one area has: refused calls that commit, ready batches refused."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.mock.answers import GatewayError, RefusalError, ServiceError
from conformance.mock.batches import BatchStatus
from conformance.mock.faults.registry import answer_fault, pipeline_fault
from conformance.mock.messages import AnswerLanguage, ServiceMessage, text
from conformance.mock.operations.commit import CommitAsyncJob
from conformance.mock.pipeline import OperationCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer
    from conformance.mock.faults.conditions import OfRequest, When
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest

__all__ = ["language_fault", "ready_refused_fault", "refusal_fault", "refused_commit_fault"]

OPERATION = "CommitAsyncJob"


def refused_commit_fault(name: str, breaks: str, summary: str, when: When) -> None:
    """Register a fault by which refused calls commit the batch in their path, in the project of their path or token."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def rewrite(context: RequestContext, answer: Answer) -> Answer:
            if when(context, answer):
                for project_id, async_job_id in _candidates(pipeline, context):
                    _commit(pipeline, project_id, async_job_id)
            return answer

        return pipeline.rewritten(rewrite)

    pipeline_fault(name, breaks, summary, rebuild)


def _candidates(pipeline: Pipeline, context: RequestContext) -> list[tuple[str, str]]:
    """Return the pairs of project and batch that a call can mean; its path need not be a documented one."""
    segments = [unquote(segment) for segment in context.request.path.decode("ascii", "replace").split("/") if segment]
    projects = segments
    with contextlib.suppress(RefusalError):
        projects = [*segments, pipeline.authenticate(context.request).project_id]
    return [(project, batch) for project in projects for batch in segments]


def _commit(pipeline: Pipeline, project_id: str, async_job_id: str) -> None:
    """Commit a batch if there is such a batch and it is ready."""
    with contextlib.suppress(RefusalError):
        parameters = {"project_id": project_id, "async_job_id": async_job_id}
        pipeline.handlers[OPERATION](OperationCall(parameters, AnswerLanguage.ENGLISH))


def refusal_fault(name: str, breaks: str, summary: str, code: int, when: When) -> None:
    """Register a fault by which the gateway refuses a call with this status."""

    def change(context: RequestContext, _answer: Answer) -> Answer:
        return GatewayError(code, "APIGW.0201", "The request is not supported.").answer(context.request.id)

    answer_fault(name, breaks, summary, when, change)


def language_fault(
    name: str, breaks: str, summary: str, choose: Callable[[ReceivedRequest, AnswerLanguage], AnswerLanguage]
) -> None:
    """Register a fault in the language of answers: `choose` returns it, given the request and the right language."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        return replace(pipeline, choose_language=lambda request: choose(request, pipeline.choose_language(request)))

    pipeline_fault(name, breaks, summary, rebuild)


def ready_refused_fault(name: str, breaks: str, summary: str, when: OfRequest) -> None:
    """Register a fault by which some calls for ready batches are refused."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def choose(request: ReceivedRequest) -> AnswerLanguage:
            language = pipeline.choose_language(request)
            if when(request) and _is_ready(pipeline, request):
                raise ServiceError("DRS.10000001", text(ServiceMessage.CONFLICT, language))
            return language

        return replace(pipeline, choose_language=choose)

    pipeline_fault(name, breaks, summary, rebuild)


def _is_ready(pipeline: Pipeline, request: ReceivedRequest) -> bool:
    route = pipeline.route(request)
    handler = pipeline.handlers[route.operation.id]
    if not isinstance(handler, CommitAsyncJob):
        return False
    batch = handler.find(route.path_parameters["project_id"], route.path_parameters["async_job_id"])
    return batch is not None and batch.status is BatchStatus.READY
