"""Oracles of RES: the answer to a commit that was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.exchange.strict_json import MalformedError
from conformance.requirements.oracle_helpers import described, json_media_type
from conformance.requirements.oracle_registry import Judgement, oracle, passed, violated

if TYPE_CHECKING:
    from conformance.exchange.exchange import Exchange

MEMBERS = ("async_job_id", "status", "msg")
ERRORS = ("error_code", "error_msg")


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
    """job.status, which the table of fields lists, is present."""
    return _present(exchange, "status")


@oracle("RES-005", schema=True)
def status_is_string(exchange: Exchange) -> Judgement | None:
    """job.status is a string if present."""
    return _string(exchange, "status")


@oracle("RES-006")
def msg_is_present(exchange: Exchange) -> Judgement | None:
    """job.msg, which the table of fields lists, is present."""
    return _present(exchange, "msg")


@oracle("RES-007", schema=True)
def msg_is_string(exchange: Exchange) -> Judgement | None:
    """job.msg is a string if present."""
    return _string(exchange, "msg")


@oracle("RES-008")
def id_is_echoed(exchange: Exchange) -> Judgement | None:
    """job.async_job_id is the ID in the path. This is not a MUST, since the published example shows another ID."""
    job = _job(exchange)
    if job is None:
        return None
    asked, got = exchange.situation.batch_id, job["async_job_id"]
    return passed() if got == asked else violated(f'"async_job_id" is {asked!r}, as asked', repr(got))


@oracle("RES-009")
def media_type(exchange: Exchange) -> Judgement | None:
    """The media type is application/json."""
    return json_media_type(exchange) if _accepted(exchange) else None


@oracle("RES-010")
def no_error(exchange: Exchange) -> Judgement | None:
    """A 200 has no error_code or error_msg, neither at the top level nor in job."""
    if not _accepted(exchange):
        return None
    body = exchange.response.json()
    job = body.get("job") if isinstance(body, dict) else None
    for part in (body, job):
        for name in ERRORS:
            if isinstance(part, dict) and name in part:
                return violated(f'no member "{name}"', described(part[name]))
    return passed()


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
    return passed() if name in job else violated(f'"job" has a member "{name}"', "no such member")


def _string(exchange: Exchange, name: str) -> Judgement | None:
    job = _job(exchange)
    if job is None:
        return None
    return (
        passed()
        if name not in job or isinstance(job[name], str)
        else violated(f'"{name}" is a string', described(job[name]))
    )
