"""Faults in the answer to a commit that was accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.faults.conditions import succeeded
from conformance.server.faults.documents import Edit, added, camel, edited, put, renamed, replaced, whole, without
from conformance.server.faults.registry import answer_fault, fault

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext


def _body(name: str, breaks: str, summary: str, edit: Edit) -> None:
    """Register a fault that answers with another document."""
    answer_fault(name, breaks, summary, succeeded, edited(edit))


def _unwrapped(document: object) -> object:
    return document.get("job", document) if isinstance(document, dict) else document


ID = ("job", "async_job_id")
STATUS = ("job", "status")
MSG = ("job", "msg")

_body("job-missing", "RES-002", "The answer to a successful commit is an empty object.", whole({}))
_body("job-null", "RES-002", "job is null.", put("job", value=None))
_body("job-array", "RES-002", "job is an array.", put("job", value=[{"async_job_id": "an ID"}]))
_body("job-renamed", "RES-002", "job is called Job.", renamed("job", to="Job"))
_body("job-unwrapped", "RES-002", "The fields of job stand at the top.", _unwrapped)
_body("result-array", "RES-002", "The answer is an array.", lambda document: [document])

_body("job-id-missing", "RES-003", "job has no async_job_id.", without(*ID))
_body("job-id-null", "RES-003", "async_job_id is null.", put(*ID, value=None))
_body("job-id-number", "RES-003", "async_job_id is a number.", put(*ID, value=1))
_body("job-id-camel", "RES-003", "async_job_id is called asyncJobId.", camel(*ID))

_body("job-id-other", "RES-008", "async_job_id is another batch's.", put(*ID, value="another"))
_body("job-id-upper-case", "RES-008", "async_job_id is in capitals.", replaced(*ID, text=str.upper))
_body("job-id-at-most-36", "RES-008", "async_job_id is cut after 36 characters.", replaced(*ID, text=lambda s: s[:36]))
_body(
    "job-id-ascii",
    "RES-008",
    "async_job_id has question marks for what is not ASCII.",
    replaced(*ID, text=lambda text: text.encode("ascii", "replace").decode()),
)

_body("job-status-missing", "RES-004", "job has no status.", without(*STATUS))
_body("job-status-number", "RES-005", "status is a number.", put(*STATUS, value=4))
_body("job-status-null", "RES-005", "status is null.", put(*STATUS, value=None))
_body("job-msg-missing", "RES-006", "job has no msg.", without(*MSG))
_body("job-msg-object", "RES-007", "msg is an object.", replaced(*MSG, text=lambda text: {"en-us": text}))

_body("result-with-error-code", "RES-010", "A result has an error_code.", added(error_code="DRS.00000000"))
_body("result-with-error-msg", "RES-010", "A result has an empty error_msg.", added(error_msg=""))


@fault("result-not-json", breaks=("RES-001",))
def _not_json(_context: RequestContext, answer: Answer) -> Answer:
    """The answer to a successful commit lacks its last brace."""
    return replace(answer, body=answer.body[:-1]) if answer.status == 200 else answer


@fault("result-empty", breaks=("RES-001",))
def _empty(_context: RequestContext, answer: Answer) -> Answer:
    """The answer to a successful commit has no body."""
    return replace(answer, body=b"") if answer.status == 200 else answer


@fault("result-duplicate-name", breaks=("RES-001",))
def _duplicate(_context: RequestContext, answer: Answer) -> Answer:
    """The answer to a successful commit has job twice."""
    return replace(answer, body=b'{"job":{},' + answer.body[1:]) if answer.status == 200 else answer


@fault("result-latin-1", breaks=("RES-001",))
def _latin(_context: RequestContext, answer: Answer) -> Answer:
    """The answer to a successful commit is not in UTF-8."""
    return replace(answer, body=answer.body[:-1] + b',"x":"\xe9"}') if answer.status == 200 else answer


@fault("result-text-plain", breaks=("RES-009",))
def _text_plain(_context: RequestContext, answer: Answer) -> Answer:
    """The answer to a successful commit is called plain text."""
    return answer.with_header("Content-Type", "text/plain") if answer.status == 200 else answer
