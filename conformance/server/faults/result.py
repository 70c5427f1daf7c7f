"""Faults in the answer to a commit that was accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.server.faults.registry import fault

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import Exchange

Change = Callable[[dict[str, Any]], object]


def _body(name: str, breaks: str, summary: str, change: Change) -> None:
    """Register a fault that answers with another document."""

    def rewrite(_exchange: Exchange, answer: Answer) -> Answer:
        return answer.with_json(change(answer.json())) if answer.status == 200 else answer

    rewrite.__doc__ = summary
    fault(name, breaks=(breaks,))(rewrite)


def _job(name: str, breaks: str, summary: str, change: Change) -> None:
    """Register a fault that answers with another job."""
    _body(name, breaks, summary, lambda body: {**body, "job": change(body["job"])})


def _without(name: str) -> Change:
    return lambda document: {key: value for key, value in document.items() if key != name}


def _renamed(name: str, other: str) -> Change:
    return lambda document: {other if key == name else key: value for key, value in document.items()}


_body("job-missing", "RES-002", "The answer to a successful commit is an empty object.", _without("job"))
_body("job-null", "RES-002", "job is null.", lambda body: {**body, "job": None})
_body("job-array", "RES-002", "job is an array.", lambda body: {**body, "job": [body["job"]]})
_body("job-renamed", "RES-002", "job is called Job.", _renamed("job", "Job"))
_body("job-unwrapped", "RES-002", "The fields of job stand at the top.", lambda body: body["job"])
_body("result-array", "RES-002", "The answer is an array.", lambda body: [body])

_job("job-id-missing", "RES-003", "job has no async_job_id.", _without("async_job_id"))
_job("job-id-null", "RES-003", "async_job_id is null.", lambda job: {**job, "async_job_id": None})
_job("job-id-number", "RES-003", "async_job_id is a number.", lambda job: {**job, "async_job_id": 1})
_job("job-id-camel", "RES-003", "async_job_id is called asyncJobId.", _renamed("async_job_id", "asyncJobId"))
_job("job-id-other", "RES-008", "async_job_id is another batch's.", lambda job: {**job, "async_job_id": "another"})

_job("job-status-missing", "RES-004", "job has no status.", _without("status"))
_job("job-status-number", "RES-005", "status is a number.", lambda job: {**job, "status": 4})
_job("job-status-null", "RES-005", "status is null.", lambda job: {**job, "status": None})
_job("job-msg-missing", "RES-006", "job has no msg.", _without("msg"))
_job("job-msg-object", "RES-007", "msg is an object.", lambda job: {**job, "msg": {"en-us": job["msg"]}})


@fault("result-not-json", breaks=("RES-001",))
def _not_json(_exchange: Exchange, answer: Answer) -> Answer:
    """The answer to a successful commit lacks its last brace."""
    return replace(answer, body=answer.body[:-1]) if answer.status == 200 else answer


@fault("result-empty", breaks=("RES-001",))
def _empty(_exchange: Exchange, answer: Answer) -> Answer:
    """The answer to a successful commit has no body."""
    return replace(answer, body=b"") if answer.status == 200 else answer


@fault("result-duplicate-name", breaks=("RES-001",))
def _duplicate(_exchange: Exchange, answer: Answer) -> Answer:
    """The answer to a successful commit has job twice."""
    return replace(answer, body=b'{"job":{},' + answer.body[1:]) if answer.status == 200 else answer


@fault("result-latin-1", breaks=("RES-001",))
def _latin(_exchange: Exchange, answer: Answer) -> Answer:
    """The answer to a successful commit is not in UTF-8."""
    return replace(answer, body=answer.body[:-1] + b',"x":"\xe9"}') if answer.status == 200 else answer


@fault("result-text-plain", breaks=("RES-009",))
def _text_plain(_exchange: Exchange, answer: Answer) -> Answer:
    """The answer to a successful commit is called plain text."""
    return answer.with_header("Content-Type", "text/plain") if answer.status == 200 else answer
