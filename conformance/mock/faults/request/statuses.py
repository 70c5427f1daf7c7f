"""Faults in the status of documented calls: REQ-001."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.authentication import CHALLENGE
from conformance.mock.faults.conditions import (
    When,
    after_commit,
    after_failed_validation,
    all_of,
    chinese,
    long_id,
    non_ascii_id,
    refused,
    repeated,
    spelt_english,
    succeeded,
    unknown_batch,
    while_validating,
)
from conformance.mock.faults.registry import answer_fault, step_fault
from conformance.mock.faults.rewrites import with_status

if TYPE_CHECKING:
    from conformance.mock.authentication import Identity
    from conformance.mock.pipeline import Pipeline
    from conformance.mock.request import ReceivedRequest

FAILURES, LOCKED = 3, 0.7
"""Refusals of a token in a row that lock out its owner, and for how many seconds."""
SIMULTANEOUS = 0.4
"""Seconds within which calls count as simultaneous."""
NEEDLESS = re.compile(rb"%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
"""A percent-encoded letter or digit."""


def _status(name: str, code: int, summary: str, *when: When) -> None:
    """Register a fault that answers documented calls with another status."""
    answer_fault(name, "REQ-001", summary, all_of(*when), with_status(code))


# REQ-001: a documented call is answered with 200 or 400.
_status("status-201", 201, "Answer a successful commit with 201.", succeeded)
_status(
    "status-202-for-unicode-ids",
    202,
    "Answer a successful commit with 202 for IDs with characters outside ASCII.",
    succeeded,
    non_ascii_id,
)
answer_fault(
    "status-204-in-english",
    "REQ-001",
    "Answer a successful commit with 204, and no body, if X-Language is en-us.",
    all_of(succeeded, spelt_english),
    lambda _context, answer: replace(answer.with_header("Content-Type", None), status=204, body=b""),
)
_status("status-404-for-unknown", 404, "Answer with 404 for an unknown batch.", refused, unknown_batch)
_status("status-404-for-long-ids", 404, "Answer with 404 for IDs of more than 255 characters.", refused, long_id)
_status(
    "status-422-for-unicode-ids", 422, "Answer with 422 for IDs with characters outside ASCII.", refused, non_ascii_id
)
_status("status-500-for-validating", 500, "Answer with 500 while a batch is validated.", refused, while_validating)
_status(
    "status-409-for-failed",
    409,
    "Answer with 409 if validation of the batch failed and X-Language is en-us.",
    refused,
    after_failed_validation,
    spelt_english,
)
_status("status-409-for-committed", 409, "Answer with 409 if the batch is already committed.", refused, after_commit)
_status(
    "status-500-when-repeated-in-chinese",
    500,
    "Answer with 500 if a refused call is repeated and X-Language is zh-cn.",
    refused,
    repeated,
    chinese,
)


@step_fault("owner-locked-out", breaks=("REQ-001",))
def _owner_locked_out(pipeline: Pipeline) -> Pipeline:
    """Refuse each token for a moment once three calls in a row have had a wrong one."""
    failures, until = 0, 0.0

    def authenticate(request: ReceivedRequest) -> Identity:
        nonlocal failures, until
        if time.monotonic() < until:
            raise GatewayError(401, "APIGW.0301", "Incorrect IAM authentication information.", CHALLENGE)
        try:
            identity = pipeline.authenticate(request)
        except GatewayError:
            failures += 1
            if failures >= FAILURES:
                failures, until = 0, time.monotonic() + LOCKED
            raise
        failures = 0
        return identity

    return replace(pipeline, authenticate=authenticate)
