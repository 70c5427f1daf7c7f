"""Faults in the answer to a successful commit: RES-001 to RES-010."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.faults.conditions import (
    When,
    all_of,
    chinese,
    has_charset,
    long_id,
    no_language,
    spelt_english,
    succeeded,
)
from conformance.mock.faults.documents import Edit, added, edited, put, renamed, replaced, whole, without
from conformance.mock.faults.members import member_faults
from conformance.mock.faults.registry import answer_fault, pipeline_fault
from conformance.mock.faults.rewrites import with_body, with_content_type, with_octets
from conformance.mock.faults.stateful import every, stateful_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer
    from conformance.mock.changes import Rewriting
    from conformance.mock.pipeline import Pipeline, RequestContext

JOB, ID, STATUS, MSG = ("job",), ("job", "async_job_id"), ("job", "status"), ("job", "msg")


def _answer(name: str, breaks: str, summary: str, change: Rewriting, *when: When) -> None:
    """Register a fault that rewrites the answer to a successful commit."""
    answer_fault(name, breaks, summary, all_of(succeeded, *when), change)


def _octets(name: str, summary: str, change: Callable[[bytes], bytes]) -> None:
    """Register a fault that changes the octets of the answer to a successful commit."""
    _answer(name, "RES-001", summary, with_octets(change))


def _document(name: str, breaks: str, summary: str, edit: Edit, *when: When) -> None:
    """Register a fault that edits the JSON of the answer to a successful commit."""
    _answer(name, breaks, summary, edited(edit), *when)


def _unwrapped(document: object) -> object:
    return document.get("job", document) if isinstance(document, dict) else document


# RES-001: the body is well-formed JSON.
_answer("result-empty", "RES-001", "Send a 200 with an empty body.", with_body(b""))
_answer(
    "result-empty-in-chinese",
    "RES-001",
    "Send a 200 with an empty body if X-Language is zh-cn.",
    with_body(b""),
    chinese,
)
_octets("result-not-json", "Omit the last brace in the body of a 200.", lambda body: body[:-1])
_octets("result-duplicate-name", "Send a 200 with two members named job.", lambda body: b'{"job":{},' + body[1:])
_octets("result-latin-1", "Send a 200 with an octet that is not valid UTF-8.", lambda body: body[:-1] + b',"x":"\xe9"}')
_octets("result-bom", "Begin the body of a 200 with a byte order mark.", lambda body: b"\xef\xbb\xbf" + body)
_octets("result-nan", "Add a member with the value NaN to the body of a 200.", lambda body: body[:-1] + b',"x":NaN}')
_octets("result-twice", "Send the body of a 200 twice.", lambda body: body + body)
_answer(
    "result-html",
    "RES-001",
    "Send a 200 with an HTML page as its body.",
    with_body(b"<!DOCTYPE html><title>DRS</title><p>Done."),
)


def _remainder(pipeline: Pipeline) -> Pipeline:
    latest = b""

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        nonlocal latest
        if not succeeded(context, answer):
            return answer
        longer = latest if context.request.number > 1 else b""
        latest = answer.body
        return replace(answer, body=latest + longer[len(latest) :])

    return pipeline.rewritten(rewrite)


pipeline_fault(
    "result-with-the-end-of-another",
    "RES-001",
    "Send the end of a longer 200 after a shorter one on the same connection.",
    _remainder,
)

# RES-002: it is an object with an object job.
member_faults("the body of a 200", "RES-002", succeeded, (), "result-null result-boolean result-string")
member_faults(
    "job",
    "RES-002",
    succeeded,
    JOB,
    "job-null job-number job-string job-nested",
)
_document("result-array", "RES-002", "Send the body of a 200 inside an array.", lambda document: [document])
_document("job-missing", "RES-002", "Send an empty object as the body of a 200.", whole({}))
_document("job-missing-in-english", "RES-002", "Omit job if X-Language is en-us.", without(*JOB), spelt_english)
_document("job-array", "RES-002", "Send job as an array.", put(*JOB, value=[{"async_job_id": "an ID"}]))
_document("job-renamed", "RES-002", "Send job under the name Job.", renamed(*JOB, to="Job"))
_document("job-unwrapped", "RES-002", "Send the members of job without the object around them.", _unwrapped)

# RES-003: job.async_job_id is a string.
member_faults(
    "async_job_id",
    "RES-003",
    succeeded,
    ID,
    "job-id-missing job-id-null job-id-number job-id-boolean job-id-array job-id-object job-id-camel job-id-outside",
)
_document(
    "job-id-number-without-language",
    "RES-003",
    "Send async_job_id as a number if there is no X-Language.",
    put(*ID, value=0),
    no_language,
)

# RES-005: job.status is a string if it is present.
member_faults(
    "status", "RES-005", succeeded, STATUS, "job-status-null job-status-boolean job-status-array job-status-object"
)
_document("job-status-number", "RES-005", "Send status as a number.", put(*STATUS, value=4))
_document(
    "job-status-number-in-chinese",
    "RES-005",
    "Send status as a number if X-Language is zh-cn.",
    put(*STATUS, value=4),
    chinese,
)
stateful_fault(
    "job-status-null-every-third-time",
    "RES-005",
    "Send status as null in every third 200.",
    every(3, succeeded),
    edited(put(*STATUS, value=None)),
)

# RES-007: job.msg is a string if it is present.
member_faults("msg", "RES-007", succeeded, MSG, "job-msg-null job-msg-number job-msg-array")
_document(
    "job-msg-object",
    "RES-007",
    "Send msg as an object with the text by language.",
    replaced(*MSG, text=lambda text: {"en-us": text}),
)
_document(
    "job-msg-array-for-long-ids",
    "RES-007",
    "Send msg as an array for IDs of more than 255 characters.",
    replaced(*MSG, text=lambda text: [text]),
    long_id,
)

# RES-013: job.msg is readable.
_document(
    "job-msg-of-question-marks",
    "RES-013",
    "Send msg as question marks if X-Language is zh-cn.",
    replaced(*MSG, text=lambda text: "?" * len(text)),
    chinese,
)
_document(
    "job-msg-encoded-twice",
    "RES-013",
    "Encode msg twice in UTF-8 if X-Language is zh-cn.",
    replaced(*MSG, text=lambda text: text.encode().decode("latin-1")),
    chinese,
)


def _previous(pipeline: Pipeline) -> Pipeline:
    """Send the async_job_id of the commit before, if there was one."""
    latest = list[str]()

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        if not succeeded(context, answer):
            return answer
        latest.append(answer.json()["job"]["async_job_id"])
        return edited(put(*ID, value=latest.pop(0) if len(latest) > 1 else latest[0]))(context, answer)

    return pipeline.rewritten(rewrite)


# RES-008: job.async_job_id names no other batch than the committed one.
pipeline_fault("job-id-of-the-call-before", "RES-008", "Send the async_job_id of the commit before.", _previous)
_document("job-id-upper-case", "RES-008", "Send async_job_id in upper case.", replaced(*ID, text=str.upper))
_document(
    "job-id-at-most-36", "RES-008", "Cut async_job_id to 36 characters.", replaced(*ID, text=lambda text: text[:36])
)
_document(
    "job-id-ascii",
    "RES-008",
    "Replace the characters of async_job_id that are not ASCII with question marks.",
    replaced(*ID, text=lambda text: text.encode("ascii", "replace").decode()),
)

# RES-009: the media type is application/json.
_answer("result-text-plain", "RES-009", "Send a 200 with the Content-Type text/plain.", with_content_type("text/plain"))
_answer(
    "result-text-plain-with-charset",
    "RES-009",
    "Send a 200 with the Content-Type text/plain if the request has a charset.",
    with_content_type("text/plain"),
    has_charset,
)
_answer("result-untyped", "RES-009", "Send a 200 without Content-Type.", with_content_type())
_answer(
    "result-typed-twice",
    "RES-009",
    "Send a 200 with two Content-Type headers.",
    with_content_type("application/json", "text/plain"),
)
_answer(
    "result-iso-8859-1",
    "RES-009",
    "Send a 200 with the charset ISO-8859-1 in its Content-Type.",
    with_content_type("application/json; charset=ISO-8859-1"),
)

# RES-010: a result carries no error.
_document("result-with-error-code", "RES-010", "Add an error_code to a 200.", added(error_code="DRS.00000000"))
_document("result-with-error-msg", "RES-010", "Add the error_msg of a failure to a 200.", added(error_msg="Failed."))
