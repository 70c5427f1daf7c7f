"""Oracles of RES: the answer to a commit that was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.exchange.strict_json import MalformedError
from conformance.requirements.oracle_helpers import described, json_media_type, json_object, readable
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

MEMBERS = ("async_job_id", "status", "msg")
ERRORS = ("error_code", "error_msg")
NO_ERROR = (None, "", "0", 0)
"""Values of error_code that mean success in some services."""


@oracle("RES-001")
def well_formed(exchange: Exchange) -> Judgement | None:
    """The body is one JSON value in UTF-8, without duplicate names."""
    if not _accepted(exchange):
        return None
    try:
        exchange.response.json()
    except MalformedError as error:
        return violated("well-formed JSON in UTF-8", str(error))
    return passed()


@oracle("RES-002", schema=True)
def job_is_object(exchange: Exchange) -> Judgement | None:
    """The body is an object whose member "job" is an object."""
    if not _accepted(exchange):
        return None
    body = exchange.response.json()
    if not isinstance(body, dict):
        return violated("an object", described(body))
    if "job" not in body:
        return violated('a member "job"', "no such member")
    return passed() if isinstance(body["job"], dict) else violated('"job" is an object', described(body["job"]))


@oracle("RES-003", schema=True)
def id_is_string(exchange: Exchange) -> Judgement | None:
    """job.async_job_id is present and is a string."""
    job = _job(exchange)
    if job is None:
        return None
    if "async_job_id" not in job:
        return violated('"job" has a member "async_job_id"', "no such member")
    value = job["async_job_id"]
    return passed() if isinstance(value, str) else violated('"async_job_id" is a string', described(value))


@oracle("RES-004")
def status_is_present(exchange: Exchange) -> Judgement | None:
    """Records whether job.status, which the table of fields lists and the published example lacks, is present."""
    return _present(exchange, "status")


@oracle("RES-005", schema=True)
def status_is_string(exchange: Exchange) -> Judgement | None:
    """job.status is a string if present."""
    return _string(exchange, "status")


@oracle("RES-006")
def msg_is_present(exchange: Exchange) -> Judgement | None:
    """Records whether job.msg, which the table of fields lists and the published example lacks, is present."""
    return _present(exchange, "msg")


@oracle("RES-007", schema=True)
def msg_is_string(exchange: Exchange) -> Judgement | None:
    """job.msg is a string if present."""
    return _string(exchange, "msg")


@sequence_oracle(
    "RES-008",
    "two-batches",
    "commits-in-each-language",
    "commits-of-several-batches-at-the-same-time",
    "states-languages-and-ids",
)
def id_of_the_batch(exchanges: Sequence[Exchange]) -> Judgement | None:
    """job.async_job_id is the ID in the path in all answers or in none, and not that of another call.

    An ID that no call has is accepted, since the published example has one.
    """
    asked = {exchange.situation.batch_id for exchange in exchanges}
    answers = [(exchange.situation.batch_id, _named(exchange)) for exchange in exchanges]
    answered = [(own, got) for own, got in answers if got is not None]
    echoed = any(own == got for own, got in answered)
    for own, got in answered:
        if got != own and (echoed or got in asked or got.lower() == own.lower()):
            return violated(f'"async_job_id" is {own!r}, as asked', repr(got))
    return passed() if answered else None


@oracle("RES-009")
def media_type(exchange: Exchange) -> Judgement | None:
    """The media type is application/json."""
    return json_media_type(exchange) if _accepted(exchange) else None


@oracle("RES-010")
def no_error(exchange: Exchange) -> Judgement | None:
    """A 200 has no error_code or error_msg that names an error, neither at the top level nor in job."""
    if not _accepted(exchange):
        return None
    body = exchange.response.json()
    job = body.get("job") if isinstance(body, dict) else None
    for part in (body, job):
        if not isinstance(part, dict) or ("error_code" in part and part["error_code"] in NO_ERROR):
            continue
        for name in ERRORS:
            if part.get(name) is not None:
                return violated(f'no member "{name}"', described(part[name]))
    return passed()


@oracle("RES-013")
def readable_message(exchange: Exchange) -> Judgement | None:
    """The msg of a job does not consist of characters that stand for lost ones, and is not UTF-8 that was misread."""
    job = _job(exchange)
    text = job.get("msg") if job is not None else None
    return readable(text) if isinstance(text, str) else None


@oracle("RES-011")
def other_members(exchange: Exchange) -> Judgement | None:
    """Records members of a 200 that the documentation does not list."""
    job = _job(exchange)
    if job is None:
        return None
    top = (name for name in exchange.response.json() if name != "job")
    others = sorted({*top, *(f"job.{name}" for name in job if name not in MEMBERS)})
    return passed(f"undocumented members: {', '.join(others)}" if others else "none")


@oracle("RES-012")
def status_value(exchange: Exchange) -> Judgement | None:
    """Records the status of a committed batch, whose values the documentation does not list."""
    job = _job(exchange)
    return None if job is None or "status" not in job else passed(described(job["status"]))


def _accepted(exchange: Exchange) -> bool:
    """Return whether an authorised call was accepted. AUTH judges the acceptance of other calls."""
    situation = exchange.situation
    return exchange.status == 200 and situation.operation is not None and situation.authorised


def _job(exchange: Exchange) -> dict[str, Any] | None:
    return exchange.response.json()["job"] if _accepted(exchange) else None


def _present(exchange: Exchange, name: str) -> Judgement | None:
    job = _job(exchange)
    if job is None:
        return None
    return passed(f"{name} is {'present' if name in job else 'absent'}")


def _named(exchange: Exchange) -> str | None:
    """Return the ID in the answer to a commit that was accepted, or None if it cannot be read."""
    job = json_object(exchange).get("job") if _accepted(exchange) else None
    value = job.get("async_job_id") if isinstance(job, dict) else None
    return value if isinstance(value, str) else None


def _string(exchange: Exchange, name: str) -> Judgement | None:
    job = _job(exchange)
    if job is None:
        return None
    return (
        passed()
        if name not in job or isinstance(job[name], str)
        else violated(f'"{name}" is a string', described(job[name]))
    )
