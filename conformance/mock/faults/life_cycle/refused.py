"""Faults that accept batches which are to be refused: LIFE-002 to LIFE-004, LIFE-009 and LIFE-011."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.faults.conditions import (
    When,
    after_failed_validation,
    all_of,
    batch_id,
    chinese,
    has_body,
    has_header,
    long_id,
    no_language,
    non_ascii_id,
    not_uuid,
    ready_batch,
    refused,
    repeated,
    spelt_english,
    unknown_batch,
    while_validating,
)
from conformance.mock.faults.registry import answer_fault, pipeline_fault
from conformance.mock.faults.stateful import Memory
from conformance.mock.operations.commit import CommitAsyncJob, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer, ServiceError
    from conformance.mock.messages import AnswerLanguage
    from conformance.mock.pipeline import Pipeline, RequestContext

UUID_LENGTH = 36


def _accepted(context: RequestContext, answer: Answer) -> Answer:
    return replace(answer, status=200, body=render(batch_id(context), context.language).body)


def _accepting(name: str, breaks: str, summary: str, *when: When) -> None:
    """Register a fault that answers calls that are to be refused as if they had committed."""
    answer_fault(name, breaks, summary, all_of(refused, *when), _accepted)


def _lenient(name: str, breaks: str, summary: str, passes: Callable[[Batch | None], bool]) -> None:
    """Register a fault that accepts some batches that are to be refused."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
            def refuse(async_job_id: str, batch: Batch | None, language: AnswerLanguage) -> ServiceError | None:
                return None if passes(batch) else commit.refuse(async_job_id, batch, language)

            return replace(commit, refuse=refuse)

        return pipeline.revised(CommitAsyncJob, revision)

    pipeline_fault(name, breaks, summary, rebuild)


def _taken_for(name: str, summary: str, change: Callable[[str], str]) -> None:
    """Register a fault that looks up another ID if no batch has the one in the path."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
            return replace(
                commit,
                submit=lambda project, sent: commit.submit(project, sent) or commit.submit(project, change(sent)),
                find=lambda project, sent: commit.find(project, sent) or commit.find(project, change(sent)),
            )

        return pipeline.revised(CommitAsyncJob, revision)

    pipeline_fault(name, "LIFE-002", summary, rebuild)


def _authenticated(context: RequestContext, _answer: Answer) -> bool:
    return context.authenticated


# LIFE-002: an unknown batch is refused.
_lenient("commit-unknown", "LIFE-002", "Accept the commit of an unknown batch.", lambda batch: batch is None)
_accepting(
    "commit-unknown-in-chinese",
    "LIFE-002",
    "Accept the commit of an unknown batch if X-Language is zh-cn.",
    unknown_batch,
    chinese,
)
_accepting(
    "commit-unknown-when-repeated-in-chinese",
    "LIFE-002",
    "Accept a repeated commit of an unknown batch if X-Language is zh-cn.",
    unknown_batch,
    repeated,
    chinese,
)
_accepting(
    "commit-unknown-long-id",
    "LIFE-002",
    "Accept the commit of an unknown ID of more than 255 characters.",
    unknown_batch,
    long_id,
)
_accepting(
    "commit-unknown-unicode-id",
    "LIFE-002",
    "Accept the commit of an unknown ID with characters outside ASCII.",
    unknown_batch,
    non_ascii_id,
)
_taken_for("id-decoded-twice", "Decode an ID twice.", unquote)
_taken_for("id-trimmed", "Ignore white space around an ID.", str.strip)
_taken_for("id-cut-at-36", "Ignore what follows the first 36 characters of an ID.", lambda sent: sent[:UUID_LENGTH])
_taken_for("id-up-to-a-semicolon", "Ignore what follows a semicolon in an ID.", lambda sent: sent.partition(";")[0])
_accepting(
    "id-of-the-query-committed",
    "LIFE-002",
    "Accept the commit of an unknown batch if the query has an ID.",
    _authenticated,
    unknown_batch,
    lambda context, _answer: context.request.query.startswith(b"async_job_id=") and len(context.request.query) > 20,
)
_accepting(
    "id-of-a-header-committed",
    "LIFE-002",
    "Accept the commit of an unknown batch if X-Rewrite-URL has a path.",
    _authenticated,
    unknown_batch,
    has_header("X-Rewrite-URL"),
)
_accepting(
    "id-in-quotes-committed",
    "LIFE-002",
    "Accept the commit of an unknown ID that contains a single quote.",
    _authenticated,
    lambda context, _answer: "'" in batch_id(context),
)
_accepting(
    "id-of-digits-committed",
    "LIFE-002",
    "Accept the commit of an unknown ID that consists of digits.",
    _authenticated,
    lambda context, _answer: batch_id(context).isdecimal(),
)

# LIFE-003: a batch that is being validated is refused.
_lenient(
    "commit-validating",
    "LIFE-003",
    "Accept the commit of a batch that is being validated.",
    lambda batch: batch is not None and batch.status is BatchStatus.VALIDATING,
)
_accepting(
    "commit-validating-in-chinese",
    "LIFE-003",
    "Accept the commit of a batch that is being validated if X-Language is zh-cn.",
    while_validating,
    chinese,
)
_accepting(
    "commit-validating-when-repeated",
    "LIFE-003",
    "Accept a repeated commit of a batch that is being validated.",
    while_validating,
    repeated,
)
_accepting(
    "commit-validating-odd-id",
    "LIFE-003",
    "Accept the commit of a batch that is being validated if its ID is not a UUID.",
    while_validating,
    not_uuid,
)

_accepting(
    "commit-validating-encoded",
    "LIFE-003",
    "Accept the commit of a batch that is being validated if its ID has percent-encoded hyphens.",
    while_validating,
    lambda context, _answer: b"%2d" in context.request.path.lower(),
)

# LIFE-004: a batch whose validation failed is refused.
_lenient(
    "commit-failed",
    "LIFE-004",
    "Accept the commit of a batch whose validation failed.",
    lambda batch: batch is not None and batch.status is BatchStatus.VALIDATE_FAILED,
)
_accepting(
    "commit-failed-in-english",
    "LIFE-004",
    "Accept the commit of a batch whose validation failed if X-Language is en-us.",
    after_failed_validation,
    spelt_english,
)
_accepting(
    "commit-failed-without-language",
    "LIFE-004",
    "Accept the commit of a batch whose validation failed if there is no X-Language.",
    after_failed_validation,
    no_language,
)
_accepting(
    "commit-failed-unicode-id",
    "LIFE-004",
    "Accept the commit of a batch whose validation failed if its ID has characters outside ASCII.",
    after_failed_validation,
    non_ascii_id,
)

_accepting(
    "commit-failed-with-a-body",
    "LIFE-004",
    "Accept the commit of a batch whose validation failed if the call has a body.",
    after_failed_validation,
    has_body,
)

# LIFE-009: a batch of another project is not committed. A ready batch is refused only if it belongs to one.
_accepting("commit-foreign", "LIFE-009", "Accept the commit of a batch of another project.", ready_batch)
_accepting(
    "commit-foreign-in-chinese",
    "LIFE-009",
    "Accept the commit of a batch of another project if X-Language is zh-cn.",
    ready_batch,
    chinese,
)


def _reopening(name: str, summary: str, refusals: int) -> None:
    """Register a fault that accepts a committed batch again after so many refusals."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        refused = Memory[list[str]]()

        def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
            def submit(project_id: str, async_job_id: str) -> bool:
                batch = commit.find(project_id, async_job_id)
                if batch is None or batch.status is not BatchStatus.COMMITTED:
                    return commit.submit(project_id, async_job_id)
                calls = refused.setdefault(async_job_id, [])
                calls.append(project_id)
                return len(calls) == refusals + 1

            return replace(commit, submit=submit)

        return pipeline.revised(CommitAsyncJob, revision)

    pipeline_fault(name, "LIFE-011", summary, rebuild)


# LIFE-011: a committed batch that is refused stays refused.
_reopening("reopened-by-a-refusal", "Accept the second further commit of a batch.", 1)
_reopening("reopened-by-two-refusals", "Accept the third further commit of a batch.", 2)
