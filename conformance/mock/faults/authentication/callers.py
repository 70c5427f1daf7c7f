"""Faults in the calls of two callers, each with a valid token for its own project: AUTH-009, AUTH-011 and AUTH-012."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import ServiceError
from conformance.mock.authentication import Identity
from conformance.mock.faults.access import ANYWHERE, with_rights
from conformance.mock.faults.conditions import OfRequest, all_of, requests_chinese, status
from conformance.mock.faults.effects import refused_commit_fault
from conformance.mock.faults.registry import pipeline_fault, step_fault
from conformance.mock.faults.stateful import Memory
from conformance.mock.messages import AnswerLanguage, ServiceMessage, text
from conformance.mock.operations.commit import CommitAsyncJob
from conformance.mock.settings import FOREIGN_TOKEN

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.batches import Batch
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest

SIMULTANEOUS = 0.4
"""Seconds within which a busy machine starts all simultaneous calls."""

forbidden = status(403)


def _has_foreign_token(request: ReceivedRequest) -> bool:
    return request.distinct("X-Auth-Token") == (FOREIGN_TOKEN.encode(),)


def _of_another(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls with the token of the foreign project."""
    return _has_foreign_token(context.request)


# AUTH-009: what others call has no effect on a batch of the caller.
refused_commit_fault(
    "calls-of-others-commit",
    "AUTH-009",
    "Commit the caller's batch in a call for its project with the token of another one.",
    all_of(forbidden, _of_another),
)


@step_fault("calls-of-others-lock", breaks=("AUTH-009",))
def _lock(pipeline: Pipeline) -> Pipeline:
    """Refuse a batch that has been named in a call in Chinese with the token of another project."""
    locked = Memory[bool]()

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        language = pipeline.choose_language(request)
        batch_id = pipeline.route(request).path_parameters["async_job_id"]
        if _has_foreign_token(request) and language is AnswerLanguage.CHINESE:
            locked.setdefault(batch_id, value=True)
        elif locked.get(batch_id):
            raise ServiceError("DRS.10000001", text(ServiceMessage.CONFLICT, language))
        return language

    return replace(pipeline, choose_language=choose)


@step_fault("absence-cached", breaks=("AUTH-009",))
def _absence(pipeline: Pipeline) -> Pipeline:
    """Remember by its ID, without the project, that a batch does not exist."""
    absent = Memory[bool]()

    def revision(handler: CommitAsyncJob) -> CommitAsyncJob:
        def find(project_id: str, async_job_id: str) -> Batch | None:
            found = None if absent.get(async_job_id) else handler.find(project_id, async_job_id)
            if found is None:
                absent.setdefault(async_job_id, value=True)
            return found

        def submit(project_id: str, async_job_id: str) -> bool:
            return not absent.get(async_job_id) and handler.submit(project_id, async_job_id)

        return replace(handler, find=find, submit=submit)

    return pipeline.revised(CommitAsyncJob, revision)


def _mixed_up(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault that takes the caller of some calls for another one whose call is under way.

    Only calls on a path that was called with content before are kept under way, as long as a busy machine needs to
    start all simultaneous ones. To keep the others as well would take minutes in a run.
    """

    def rebuild(pipeline: Pipeline) -> Pipeline:
        under_way, with_content = list[Identity](), Memory[bool]()

        def authenticate(request: ReceivedRequest) -> Identity:
            own = pipeline.authenticate(request)
            under_way.append(own)
            others = {*under_way}
            if with_content.get(request.path):
                time.sleep(SIMULTANEOUS)
            others = (others | {*under_way}) - {own}
            under_way.remove(own)
            if request.body:
                with_content.setdefault(request.path, value=True)
            return others.pop() if others and when(request) else own

        return replace(pipeline, authenticate=authenticate)

    pipeline_fault(name, "AUTH-011", summary, rebuild)


# AUTH-011: a call is answered for its own caller.
_mixed_up(
    "customers-mixed-up",
    "Take the caller of a call with content for another one whose call is under way.",
    lambda request: bool(request.body),
)
_mixed_up(
    "another-customer-mixed-up",
    "Take another customer, whose call has no content, for the one whose call is under way.",
    lambda request: not request.body and _has_foreign_token(request),
)


# AUTH-012: a valid token of another project is of no use in this one.
def _owner_of_any(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault that accepts the token of the foreign project in every project, in some calls."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def authenticate(request: ReceivedRequest) -> Identity:
            identity = pipeline.authenticate(request)
            return ANYWHERE if identity.foreign and when(request) else identity

        return with_rights(replace(pipeline, authenticate=authenticate))

    pipeline_fault(name, "AUTH-012", summary, rebuild)


_owner_of_any("token-of-any-project", "Accept a valid token of another project.", lambda _request: True)
_owner_of_any(
    "token-of-any-project-in-chinese",
    "Accept a valid token of another project if X-Language is zh-cn.",
    requests_chinese,
)
