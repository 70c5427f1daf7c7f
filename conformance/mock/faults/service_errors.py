"""Faults in the errors of the service, which are the answers with status 400: ERR-001 to ERR-014."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.faults.conditions import (
    When,
    after_commit,
    after_failed_validation,
    all_of,
    chinese,
    long_id,
    no_gzip,
    no_language,
    non_ascii_id,
    not_uuid,
    refused,
    repeated,
    spelt_english,
    succeeded,
    undocumented_language,
    while_validating,
)
from conformance.mock.faults.documents import Edit, added, edited, put, replaced, whole, without
from conformance.mock.faults.members import member_faults
from conformance.mock.faults.registry import answer_fault, step_fault
from conformance.mock.faults.rewrites import with_body, with_content_type, with_octets
from conformance.mock.faults.stateful import after, every, stateful_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer
    from conformance.mock.changes import Rewriting
    from conformance.mock.pipeline import Pipeline, RequestContext

CODE, MSG = "error_code", "error_msg"
LONG_QUERY = 500
SHORTENED = replaced(CODE, text=lambda text: text[:-1])


def _answer(name: str, breaks: str, summary: str, change: Rewriting, *when: When) -> None:
    """Register a fault that rewrites a service error."""
    answer_fault(name, breaks, summary, all_of(refused, *when), change)


def _octets(name: str, summary: str, change: Callable[[bytes], bytes]) -> None:
    """Register a fault that changes the octets of a service error."""
    _answer(name, "ERR-001", summary, with_octets(change))


def _document(name: str, breaks: str, summary: str, edit: Edit, *when: When) -> None:
    """Register a fault that edits the JSON of a service error."""
    _answer(name, breaks, summary, edited(edit), *when)


def _message(document: object) -> object:
    return document.get(MSG, document) if isinstance(document, dict) else document


# ERR-001: the body is a JSON object.
member_faults("the body of a service error", "ERR-001", refused, (), "refusal-null refusal-number refusal-boolean")
_document("refusal-array", "ERR-001", "Send the body of a service error inside an array.", lambda document: [document])
_document("refusal-string", "ERR-001", "Send only error_msg, as a JSON string, as a service error.", _message)
_document(
    "refusal-array-for-validating",
    "ERR-001",
    "Send an empty array as a service error while a batch is validated.",
    whole([]),
    while_validating,
)
_answer(
    "refusal-empty-for-failed",
    "ERR-001",
    "Send a service error with an empty body if validation of the batch failed.",
    with_body(b""),
    after_failed_validation,
)
_answer(
    "refusal-not-json", "ERR-001", "Send a service error as plain text.", with_body(b"The batch cannot be committed.")
)
_octets(
    "refusal-duplicate-name",
    "Send a service error with two members named error_code.",
    lambda body: b'{"error_code":"1",' + body[1:],
)
_octets(
    "refusal-utf-16", "Encode a service error in UTF-16.", lambda body: body.decode(errors="replace").encode("utf-16")
)
_octets(
    "refusal-trailing-comma", "Add a comma after the last member of a service error.", lambda body: body[:-1] + b",}"
)
_octets("refusal-single-quotes", "Use single quotes in a service error.", lambda body: body.replace(b'"', b"'"))
_octets(
    "refusal-line-break",
    "Add a string with an unescaped line break to a service error.",
    lambda body: body[:-1] + b',"x":"\n"}',
)

# ERR-002: error_code is a string.
member_faults(
    CODE,
    "ERR-002",
    refused,
    (CODE,),
    "error-code-missing error-code-null error-code-boolean error-code-array error-code-object error-code-camel "
    "error-code-nested",
)
_document("error-code-number", "ERR-002", "Send error_code as a number of 12 digits.", put(CODE, value=100000000001))
_document(
    "refusal-in-error", "ERR-002", "Send a service error inside an object error.", lambda document: {"error": document}
)
_document(
    "error-code-null-for-long-ids",
    "ERR-002",
    "Send error_code as null for IDs of more than 255 characters.",
    put(CODE, value=None),
    long_id,
)
_document(
    "error-code-missing-for-committed",
    "ERR-002",
    "Omit error_code if the batch is already committed.",
    without(CODE),
    after_commit,
)

# ERR-003: error_code has exactly 12 characters.
member_faults(CODE, "ERR-003", refused, (CODE,), "error-code-1 error-code-24")
_document("error-code-empty", "ERR-003", "Send an empty error_code.", put(CODE, value=""))
_document("error-code-10", "ERR-003", "Send one of the older codes, of 10 characters.", put(CODE, value="DRS.M00202"))
_document("error-code-11", "ERR-003", "Send error_code with 11 characters instead of 12.", SHORTENED)
_document("error-code-13", "ERR-003", "Send error_code with 13 characters.", put(CODE, value="DRS.100000010"))
_document(
    "error-code-12-octets", "ERR-003", "Send error_code with 12 octets in 4 characters.", put(CODE, value="批次错误")
)
_document(
    "error-code-12-utf-16-units",
    "ERR-003",
    "Send error_code with 12 UTF-16 units in 6 characters.",
    put(CODE, value="💾" * 6),
)
_document(
    "error-code-10-when-repeated",
    "ERR-003",
    "Send one of the older codes if a call is repeated.",
    put(CODE, value="DRS.M00202"),
    repeated,
    no_gzip,
)
_document(
    "error-code-11-in-chinese",
    "ERR-003",
    "Send error_code with 11 characters if X-Language is zh-cn.",
    SHORTENED,
    chinese,
)
_document(
    "error-code-11-for-odd-ids",
    "ERR-003",
    "Send error_code with 11 characters for IDs that are not UUIDs.",
    SHORTENED,
    not_uuid,
)
stateful_fault(
    "error-code-11-every-tenth-time",
    "ERR-003",
    "Send error_code with 11 characters in every tenth service error.",
    every(10, refused),
    edited(SHORTENED),
)

# ERR-004: error_msg is a string.
member_faults(
    MSG,
    "ERR-004",
    refused,
    (MSG,),
    "error-msg-missing error-msg-null error-msg-number error-msg-object error-msg-camel error-msg-nested",
)
_document("error-msg-array", "ERR-004", "Send error_msg as an array of strings.", put(MSG, value=["Failed."]))
_document(
    "error-msg-missing-in-english", "ERR-004", "Omit error_msg if X-Language is en-us.", without(MSG), spelt_english
)
_document(
    "error-msg-array-for-unicode-ids",
    "ERR-004",
    "Send error_msg as an array for IDs with characters outside ASCII.",
    replaced(MSG, text=lambda text: [text]),
    non_ascii_id,
)
stateful_fault(
    "error-msg-null-after-a-result",
    "ERR-004",
    "Send error_msg as null once a batch has been committed.",
    after(succeeded, refused),
    edited(put(MSG, value=None)),
)

# ERR-005: error_msg has 1 to 512 characters.
member_faults(MSG, "ERR-005", refused, (MSG,), "error-msg-1024")
_document("error-msg-empty", "ERR-005", "Send an empty error_msg.", put(MSG, value=""))
_document("error-msg-513", "ERR-005", "Send error_msg with 513 characters.", put(MSG, value="x" * 513))
_document(
    "error-msg-empty-for-committed",
    "ERR-005",
    "Send an empty error_msg if the batch is already committed.",
    put(MSG, value=""),
    after_commit,
)
_document(
    "error-msg-513-in-chinese",
    "ERR-005",
    "Send error_msg with 513 Chinese characters if X-Language is zh-cn.",
    put(MSG, value="批" * 513),
    chinese,
)
_document(
    "error-msg-long-for-long-ids",
    "ERR-005",
    "Send error_msg with 600 characters for IDs of more than 255 characters.",
    put(MSG, value="x" * 600),
    long_id,
)
_document(
    "error-msg-long-without-language",
    "ERR-005",
    "Send error_msg with 640 characters if there is no X-Language.",
    put(MSG, value="Failed. " * 80),
    no_language,
)

# ERR-013: error_msg is readable.
_document(
    "error-msg-of-question-marks",
    "ERR-013",
    "Send error_msg as question marks if X-Language is zh-cn.",
    replaced(MSG, text=lambda text: "?" * len(text)),
    chinese,
)
_document(
    "error-msg-encoded-twice",
    "ERR-013",
    "Encode error_msg twice in UTF-8 if the validation of the batch has failed.",
    replaced(MSG, text=lambda text: text.encode().decode("latin-1")),
    chinese,
    after_failed_validation,
)

# ERR-014: a 400 to a call with undocumented parts is an error as any other.
_document(
    "query-repeated",
    "ERR-014",
    "Repeat the query in error_msg, with its whole length.",
    replaced(MSG, text=lambda text: f"{text} Query: {'0' * 600}"),
    lambda context, _answer: len(context.request.query) > LONG_QUERY,
)
_answer(
    "other-languages-in-html",
    "ERR-014",
    "Refuse a call whose X-Language is not documented with a page.",
    lambda _context, answer: replace(answer, body=b"<title>Bad</title>").with_header("Content-Type", "text/html"),
    undocumented_language,
)

# ERR-006: the media type is application/json.
_answer(
    "refusal-text-html",
    "ERR-006",
    "Send a service error with the Content-Type text/html.",
    with_content_type("text/html"),
)
_answer(
    "refusal-html-in-english",
    "ERR-006",
    "Send a service error with the Content-Type text/html if X-Language is en-us.",
    with_content_type("text/html"),
    spelt_english,
)
_answer("refusal-untyped", "ERR-006", "Send a service error without Content-Type.", with_content_type())
_answer(
    "refusal-untyped-for-validating",
    "ERR-006",
    "Send a service error without Content-Type while a batch is validated.",
    with_content_type(),
    while_validating,
)
_answer(
    "refusal-iso-8859-1",
    "ERR-006",
    "Send a service error with the charset ISO-8859-1 in its Content-Type.",
    with_content_type("application/json; charset=ISO-8859-1"),
)

# ERR-007: error_code does not depend on the language.
_document(
    "error-code-by-language",
    "ERR-007",
    "Send another error_code if X-Language is zh-cn.",
    put(CODE, value="DRS.20000001"),
    chinese,
)
_document(
    "error-code-by-header",
    "ERR-007",
    "Send another error_code if X-Language is en-us.",
    put(CODE, value="DRS.20000001"),
    spelt_english,
)

# ERR-009: the same refusal has the same error_code.
# Only without X-Language and compression, so that the code does not seem to depend on those.
SAME_AGAIN = (no_language, repeated, no_gzip)
_answer(
    "error-code-of-the-call",
    "ERR-009",
    "Send an error_code that is made of the ID of the request if a call without X-Language is repeated.",
    lambda context, answer: edited(put(CODE, value=f"DRS.{int(context.request.id[:6], 16):08d}"))(context, answer),
    *SAME_AGAIN,
)


@step_fault("error-code-counts", breaks=("ERR-009",))
def _counting(pipeline: Pipeline) -> Pipeline:
    """Send a new error_code each time that a call without X-Language is repeated."""
    numbers = itertools.count(10000011)
    same_again = all_of(refused, *SAME_AGAIN)

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        if not same_again(context, answer):
            return answer
        return edited(put(CODE, value=f"DRS.{next(numbers) % 100000000:08d}"))(context, answer)

    return pipeline.rewritten(rewrite)


# ERR-010: an error carries no result.
_document("refusal-with-job", "ERR-010", "Add an empty job to a service error.", added(job={}))
_document("refusal-with-empty-job", "ERR-010", "Add an empty job to a service error.", added(job={}))
_document(
    "refusal-with-job-for-long-ids",
    "ERR-010",
    "Add an empty job to a service error for IDs of more than 255 characters.",
    added(job={}),
    long_id,
)
