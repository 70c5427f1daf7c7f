"""Faults that show under a condition: in one language, for some IDs, in some states of a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.batches import BatchStatus
from conformance.server.faults.conditions import (
    again,
    also,
    before,
    chinese,
    explicit_english,
    has_charset,
    long_id,
    no_language,
    no_uuid,
    refused,
    succeeded,
    uncompressed,
    unicode_id,
)
from conformance.server.faults.documents import edited, put, replaced, whole, without
from conformance.server.faults.registry import answer_fault

if TYPE_CHECKING:
    from conformance.server.changes import Rewriting

VALIDATING, FAILED, COMMITTED = map(
    before, (BatchStatus.VALIDATING, BatchStatus.VALIDATE_FAILED, BatchStatus.COMMITTED)
)


def _body(octets: bytes) -> Rewriting:
    return lambda _context, answer: replace(answer, body=octets)


def _typed(media_type: str | None) -> Rewriting:
    return lambda _context, answer: answer.with_header("Content-Type", media_type)


for name, breaks, summary, when, change in (
    # Results.
    ("result-empty-in-chinese", "RES-001", "In Chinese, a result is empty.", chinese, _body(b"")),
    ("job-missing-in-english", "RES-002", "In English, job is missing.", explicit_english, edited(without("job"))),
    (
        "job-id-number-without-language",
        "RES-003",
        "Without X-Language, async_job_id is a number.",
        no_language,
        edited(put("job", "async_job_id", value=0)),
    ),
    (
        "job-status-missing-for-odd-ids",
        "RES-004",
        "status is missing for IDs that are no UUIDs.",
        no_uuid,
        edited(without("job", "status")),
    ),
    (
        "job-status-number-in-chinese",
        "RES-005",
        "In Chinese, status is a number.",
        chinese,
        edited(put("job", "status", value=4)),
    ),
    (
        "job-msg-missing-in-english",
        "RES-006",
        "In English, msg is missing.",
        explicit_english,
        edited(without("job", "msg")),
    ),
    (
        "job-msg-array-for-long-ids",
        "RES-007",
        "msg is an array for IDs above 255 characters.",
        long_id,
        edited(replaced("job", "msg", text=lambda text: [text])),
    ),
    (
        "result-text-plain-with-charset",
        "RES-009",
        "A caller who names a charset gets text.",
        has_charset,
        _typed("text/plain"),
    ),
):
    answer_fault(name, breaks, summary, also(succeeded, when), change)

for name, breaks, summary, when, change in (
    # Refusals.
    (
        "refusal-array-for-validating",
        "ERR-001",
        "While the check runs, the refusal is an array.",
        VALIDATING,
        edited(whole([])),
    ),
    ("refusal-empty-for-failed", "ERR-001", "After a failed check, the refusal is empty.", FAILED, _body(b"")),
    (
        "error-code-null-for-long-ids",
        "ERR-002",
        "error_code is null for IDs above 255 characters.",
        long_id,
        edited(put("error_code", value=None)),
    ),
    (
        "error-code-missing-for-committed",
        "ERR-002",
        "The second commit is refused without an error_code.",
        COMMITTED,
        edited(without("error_code")),
    ),
    (
        "error-code-10-when-repeated",
        "ERR-003",
        "A call that is repeated is refused with an older code.",
        also(again, uncompressed),
        edited(put("error_code", value="DRS.M00202")),
    ),
    (
        "error-msg-missing-in-english",
        "ERR-004",
        "In English, error_msg is missing.",
        explicit_english,
        edited(without("error_msg")),
    ),
    (
        "error-msg-array-for-unicode-ids",
        "ERR-004",
        "error_msg is an array for IDs beyond ASCII.",
        unicode_id,
        edited(replaced("error_msg", text=lambda text: [text])),
    ),
    (
        "error-msg-empty-for-committed",
        "ERR-005",
        "The second commit is refused without a word.",
        COMMITTED,
        edited(put("error_msg", value="")),
    ),
    (
        "error-msg-long-without-language",
        "ERR-005",
        "Without X-Language, error_msg comes in two languages and is too long.",
        no_language,
        edited(put("error_msg", value="Failed. " * 80)),
    ),
    (
        "refusal-html-in-english",
        "ERR-006",
        "In English, the refusal is called HTML.",
        explicit_english,
        _typed("text/html"),
    ),
    (
        "refusal-untyped-for-validating",
        "ERR-006",
        "While the check runs, refusals are untyped.",
        VALIDATING,
        _typed(None),
    ),
):
    answer_fault(name, breaks, summary, also(refused, when), change)
