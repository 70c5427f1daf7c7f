"""Faults that take one thing for another: an ID for one that resembles it, a caller for the one before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.authentication import Identity
from conformance.server.faults.conditions import refused
from conformance.server.faults.registry import answer_fault, step_fault
from conformance.server.messages import AnswerLanguage, ServiceMessage, text
from conformance.server.operations.commit import CommitAsyncJob, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.answers import Answer
    from conformance.server.pipeline import Pipeline, RequestContext
    from conformance.server.request import ReceivedRequest

LENGTH = 36
ODD = "'\"\\<>\t\n\r\0"


def _taken_for(name: str, summary: str, change: Callable[[str], str]) -> None:
    """Register a fault that looks up another ID where there is none like the one in the path."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
            return replace(
                commit,
                submit=lambda project, own: commit.submit(project, own) or commit.submit(project, change(own)),
                find=lambda project, own: commit.find(project, own) or commit.find(project, change(own)),
            )

        return pipeline.revised(CommitAsyncJob, revision)

    rebuild.__doc__ = summary
    step_fault(name, breaks=("LIFE-002",))(rebuild)


_taken_for("id-trimmed", "Blanks around an ID are dropped, and the batch without them is committed.", str.strip)
_taken_for("id-cut-at-36", "Of an ID the first 36 characters count.", lambda batch_id: batch_id[:LENGTH])
_taken_for("id-up-to-a-semicolon", "An ID counts up to a semicolon.", lambda batch_id: batch_id.partition(";")[0])


def _accepted(context: RequestContext, answer: Answer) -> Answer:
    return replace(answer, status=200, body=render(_id(context), AnswerLanguage.ENGLISH).body)


def _id(context: RequestContext) -> str:
    return context.path_parameters.get("async_job_id", "")


answer_fault(
    "id-in-quotes-committed",
    "LIFE-002",
    "An unknown ID that holds a quote is said to be committed.",
    lambda context, answer: refused(context, answer) and context.authenticated and "'" in _id(context),
    _accepted,
)
answer_fault(
    "id-of-digits-committed",
    "LIFE-002",
    "An unknown ID that is a number is said to be committed.",
    lambda context, answer: refused(context, answer) and context.authenticated and _id(context).isdecimal(),
    _accepted,
)


def _spliced(context: RequestContext, answer: Answer) -> Answer:
    message = text(ServiceMessage.UNKNOWN, context.language, _id(context))
    return replace(answer, body=f'{{"error_code":"DRS.10000010","error_msg":"{message}"}}'.encode())


answer_fault(
    "json-by-hand",
    "HTTP-011",
    "A refusal puts an ID with quotes or control characters between quotes as it is.",
    lambda context, answer: refused(context, answer) and any(character in ODD for character in _id(context)),
    _spliced,
)


@step_fault("token-ignored-once-seen", breaks=("AUTH-001",))
def _once_seen(pipeline: Pipeline) -> Pipeline:
    """Once the token was used on a path, whoever calls that path is let in."""
    known: set[bytes] = set()

    def authenticate(request: ReceivedRequest) -> Identity:
        if request.path in known:
            return Identity("")
        identity = pipeline.authenticate(request)
        known.add(request.path)
        return identity

    return replace(pipeline, authenticate=authenticate, authorize=_unless_anybody(pipeline))


@step_fault("token-ignored-on-a-known-connection", breaks=("HTTP-010",))
def _known_connection(pipeline: Pipeline) -> Pipeline:
    """Only the first call on a connection is asked for its token."""
    return replace(
        pipeline,
        authenticate=lambda request: Identity("") if request.number > 1 else pipeline.authenticate(request),
        authorize=_unless_anybody(pipeline),
    )


def _unless_anybody(pipeline: Pipeline) -> Callable[..., None]:
    return lambda identity, route: pipeline.authorize(identity, route) if identity.project_id else None


answer_fault(
    "brotli-label",
    "HTTP-012",
    "A refusal is said to be compressed, and is not.",
    refused,
    lambda _context, answer: answer.with_header("Content-Encoding", "br"),
)
