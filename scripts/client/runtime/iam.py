"""What is asked of IAM for a token, and how its answer is read.

Source: the operation KeystoneCreateUserTokenByPassword of IAM, `POST /v3/auth/tokens`.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from drs_batch_client.runtime.errors import AuthenticationError, DrsError, TransportError
from drs_batch_client.runtime.redaction import on_one_line, without
from drs_batch_client.runtime.tokens import LIFE, IssuedToken

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

__all__ = ["HEADERS", "NO_EFFECT", "PATH", "body", "hide_tokens_in_logs", "issued"]

PATH = "/v3/auth/tokens?nocatalog=true"
HEADERS = {"Content-Type": "application/json;charset=utf8", "Accept": "application/json"}
NO_EFFECT = "without a token, the call had no effect"
"""True too where the token that DRS has just rejected was to be renewed."""

_TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ")
_VISIBLE = re.compile(r"[!-~]+")
# As Python shows bytes: between the quotes that the token does not have.
_IN_A_LOG = re.compile(r"""(x-subject-token'\W+b?)('(?:[^'\\]|\\.)*'|"[^"]*")""", re.IGNORECASE)
_LONGEST_MESSAGE = 200


def body(user: str, password: str, domain: str, project_id: str) -> dict[str, Any]:
    """Return the body of the request, for a token with project scope."""
    whom = {"name": user, "password": password, "domain": {"name": domain}}
    identity = {"methods": ["password"], "password": {"user": whom}}
    return {"auth": {"identity": identity, "scope": {"project": {"id": project_id}}}}


def issued(response: httpx.Response, secrets: Sequence[str]) -> IssuedToken:
    """Take the token out of IAM's answer.

    Raises:
        AuthenticationError: IAM does not accept the user.
        TransportError: IAM is out of order, busy, or something else.
    """
    token = response.headers.get("X-Subject-Token", "")
    if response.status_code == HTTPStatus.CREATED and _VISIBLE.fullmatch(token):
        return IssuedToken(token, _life(_member(response, "token")))
    raise _refusal(response, secrets)


def hide_tokens_in_logs() -> None:
    """Have the HTTP library's debug log, which shows the headers of answers, show no token."""
    for library in ("httpcore", "httpcore2"):
        for version in ("http11", "http2"):
            logging.getLogger(f"{library}.{version}").addFilter(_without_token)


def _without_token(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    if _IN_A_LOG.search(message):
        record.msg, record.args = _IN_A_LOG.sub(r"\1'***'", message), None
    return True


def _refusal(response: httpx.Response, secrets: Sequence[str]) -> DrsError:
    status = response.status_code
    message = _member(response, "error").get("message")
    said = on_one_line(without(secrets, message), _LONGEST_MESSAGE) if isinstance(message, str) else None
    told = f" (status {status}{f': {said}' if said else ''})"
    where = f"{response.url.scheme}://{response.url.netloc.decode('ascii')}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.BAD_REQUEST}:
        return AuthenticationError(
            f"IAM at {where} issues no token for this user and project{told}; check user, password, domain and"
            " project_id before the next attempt, as IAM locks a user after several",
            status=status,
            error_msg=said,
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TransportError(f"IAM at {where} is out of order or busy{told}; {NO_EFFECT}", status=status)
    return TransportError(f"{where} does not answer as IAM does{told}; check iam_url", status=status)


def _life(token: dict[str, Any]) -> timedelta:
    """Return the time from issue to expiry, by IAM's clock, as ours may differ; the usual one if it is not told."""
    moments = [_moment(token.get(name)) for name in ("issued_at", "expires_at")]
    match moments:
        case [datetime() as start, datetime() as end] if start < end:
            return end - start
        case _:
            return LIFE


def _moment(value: object) -> datetime | None:
    for form in _TIME_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(str(value), form)  # noqa: DTZ007 - both are in UTC, and only their difference counts
    return None


def _member(response: httpx.Response, name: str) -> dict[str, Any]:
    """Return an object in the object that the body is; an empty one if there is none."""
    try:
        document = response.json()
    except (ValueError, RecursionError):
        return {}
    member = cast("dict[str, Any]", document).get(name) if isinstance(document, dict) else None
    return cast("dict[str, Any]", member) if isinstance(member, dict) else {}
