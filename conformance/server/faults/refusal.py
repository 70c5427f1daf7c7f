"""Faults in the service's refusals."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.faults.conditions import (
    When,
    again,
    also,
    chinese,
    explicit_english,
    long_id,
    no_language,
    no_uuid,
    refused,
    uncompressed,
)
from conformance.server.faults.documents import Edit, added, camel, edited, put, replaced, without
from conformance.server.faults.registry import answer_fault, fault, step_fault

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import Pipeline, RequestContext


def _body(name: str, breaks: str, summary: str, edit: Edit, *when: When) -> None:
    """Register a fault that refuses with another document."""
    answer_fault(name, breaks, summary, also(refused, *when), edited(edit))


def _message(document: object) -> object:
    return document.get("error_msg", document) if isinstance(document, dict) else document


CODE, MSG = "error_code", "error_msg"
SHORTENED = replaced(CODE, text=lambda text: text[:-1])

_body("refusal-array", "ERR-001", "The refusal is an array.", lambda document: [document])
_body("refusal-string", "ERR-001", "The refusal is a string.", _message)

_body("error-code-missing", "ERR-002", "The refusal has no error_code.", without(CODE))
_body("error-code-null", "ERR-002", "error_code is null.", put(CODE, value=None))
_body("error-code-number", "ERR-002", "error_code is a number of 12 digits.", put(CODE, value=100000000001))
_body("error-code-camel", "ERR-002", "error_code is called errorCode.", camel(CODE))
_body("error-code-11", "ERR-003", "The service's error_code has 11 characters instead of 12.", SHORTENED)
_body("error-code-13", "ERR-003", "error_code has 13 characters.", put(CODE, value="DRS.100000010"))
_body("error-code-10", "ERR-003", "error_code is one of the older codes.", put(CODE, value="DRS.M00202"))
_body("error-code-empty", "ERR-003", "error_code is empty.", put(CODE, value=""))
_body("error-code-12-octets", "ERR-003", "error_code has 12 octets in 4 characters.", put(CODE, value="批次错误"))
_body(
    "error-code-12-utf-16-units",
    "ERR-003",
    "error_code has 12 UTF-16 units in 6 characters.",
    put(CODE, value="💾" * 6),
)
_body("error-code-11-in-chinese", "ERR-003", "error_code is too short, in Chinese alone.", SHORTENED, chinese)
_body("error-code-11-for-odd-ids", "ERR-003", "error_code is too short for IDs that are no UUIDs.", SHORTENED, no_uuid)

_body("error-msg-missing", "ERR-004", "The refusal has no error_msg.", without(MSG))
_body("error-msg-null", "ERR-004", "error_msg is null.", put(MSG, value=None))
_body("error-msg-array", "ERR-004", "error_msg is an array of strings.", put(MSG, value=["Failed."]))
_body("error-msg-empty", "ERR-005", "The service's error_msg is empty.", put(MSG, value=""))
_body("error-msg-513", "ERR-005", "error_msg has 513 characters.", put(MSG, value="x" * 513))
_body(
    "error-msg-513-in-chinese", "ERR-005", "error_msg has 513 Chinese characters.", put(MSG, value="批" * 513), chinese
)
_body("error-msg-long-for-long-ids", "ERR-005", "error_msg repeats a long ID.", put(MSG, value="x" * 600), long_id)

_body("error-code-by-language", "ERR-007", "Chinese has codes of its own.", put(CODE, value="DRS.20000001"), chinese)
_body(
    "error-code-by-header",
    "ERR-007",
    "English that is asked for has codes of its own.",
    put(CODE, value="DRS.20000001"),
    explicit_english,
)
# Where neither a language nor compression is asked for, lest it looks as if the code depended on those.
_body(
    "error-code-when-repeated",
    "ERR-009",
    "A call that is repeated without X-Language has another error_code.",
    put(CODE, value="DRS.20000002"),
    no_language,
    again,
    uncompressed,
)

_body("refusal-with-job", "ERR-010", "A refusal has an empty job.", added(job={}))
_body("refusal-with-null-job", "ERR-010", "A refusal has a job that is null.", added(job=None))
_body("refusal-with-job-for-long-ids", "ERR-010", "The refusal of a long ID has a job.", added(job={}), long_id)


@step_fault("error-code-counts", breaks=("ERR-009",))
def _counting(pipeline: Pipeline) -> Pipeline:
    """A call that is repeated without X-Language has a new error_code each time."""
    numbers = itertools.count(10000011)
    repeated = also(refused, again, no_language, uncompressed)

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        if not repeated(context, answer):
            return answer
        return edited(put(CODE, value=f"DRS.{next(numbers) % 100000000:08d}"))(context, answer)

    return pipeline.rewritten(rewrite)


@fault("refusal-in-error", breaks=("ERR-002",))
def _in_error(context: RequestContext, answer: Answer) -> Answer:
    """The refusal stands in an object error."""
    return edited(lambda document: {"error": document})(context, answer) if answer.status == 400 else answer


@fault("refusal-not-json", breaks=("ERR-001",))
def _not_json(_context: RequestContext, answer: Answer) -> Answer:
    """The refusal is a sentence."""
    return replace(answer, body=b"The batch cannot be committed.") if answer.status == 400 else answer


@fault("refusal-duplicate-name", breaks=("ERR-001",))
def _duplicate(_context: RequestContext, answer: Answer) -> Answer:
    """The refusal has error_code twice."""
    return replace(answer, body=b'{"error_code":"1",' + answer.body[1:]) if answer.status == 400 else answer


@fault("refusal-text-html", breaks=("ERR-006",))
def _text_html(_context: RequestContext, answer: Answer) -> Answer:
    """The refusal is called HTML."""
    return answer.with_header("Content-Type", "text/html") if answer.status == 400 else answer
