"""Tokens of IAM: the request for one, the answer to it, and when to renew a token.

Source: IAM's operation KeystoneCreateUserTokenByPassword, `POST /v3/auth/tokens`.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "HEADERS",
    "LIFETIME",
    "MESSAGE_LENGTH",
    "PATH",
    "TARGET",
    "TIME_FORMAT",
    "AnswerKind",
    "Held",
    "IssuedToken",
    "classify",
    "is_pausing",
    "read_lifetime",
    "read_member",
    "read_message",
    "read_time",
    "read_token",
    "renewal_time",
    "request_document",
]

PATH = "/v3/auth/tokens"
TARGET = f"{PATH}?nocatalog=true"
HEADERS = {"Content-Type": "application/json;charset=utf8", "Accept": "application/json"}
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""Format of IAM's times, which are in UTC."""

LIFETIME = timedelta(hours=24)
"""The lifetime of IAM's tokens, and the longest that is believed."""

MESSAGE_LENGTH = 200
"""The most characters of IAM's error message to show."""

_MARGIN = timedelta(minutes=5)
_PAUSE = timedelta(minutes=1)
_SHORTEST_LIFETIME = timedelta(minutes=1)
_TIME_FORMATS = (TIME_FORMAT, "%Y-%m-%dT%H:%M:%SZ")
_VISIBLE = re.compile(r"[!-~]{1,16384}")
_MESSAGE_READ = 64 * MESSAGE_LENGTH
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

T_co = TypeVar("T_co", covariant=True)

AnswerKind = Literal["issued", "refused", "unavailable", "unknown"]
"""The kinds of answers: a token, a refusal of the user, an outage, and an answer that IAM does not give."""


@dataclass(frozen=True)
class IssuedToken:
    """A token in an answer.

    Attributes:
        value: The token.
        lifetime: The time from issue to expiry by IAM's clock, which may differ from this machine's.
    """

    value: str = field(repr=False)
    lifetime: timedelta

    def hold(self, requested: datetime) -> Held[str]:
        """Return the token with its times; `requested` is when it was requested."""
        end = requested + min(self.lifetime, LIFETIME)
        return Held(self.value, renewal_time(requested, end), end)


@dataclass(frozen=True)
class Held(Generic[T_co]):
    """A token or an access key in use, with times by this machine's clock.

    Attributes:
        value: The token or key.
        due: When to renew it: 5 minutes before its end, or when a tenth of its lifetime is left if that is less.
        end: When it expires.
    """

    value: T_co = field(repr=False)
    due: datetime
    end: datetime


def renewal_time(start: datetime, end: datetime) -> datetime:
    """Return when to renew what is valid from `start` to `end`."""
    return end - min(_MARGIN, (end - start) / 10)


def is_pausing(failed: datetime, now: datetime) -> bool:
    """Return whether the minute after a failed attempt has not passed, since IAM locks a user after several failures.

    A valid token makes it needless to request another one in that minute.
    """
    return timedelta() <= now - failed < _PAUSE


def request_document(user: str, password: str, domain: str, project: dict[str, str]) -> dict[str, Any]:
    """Return the JSON document that requests a token with project scope; `project` has the ID or the name."""
    account = {"name": user, "password": password, "domain": {"name": domain}}
    identity = {"methods": ["password"], "password": {"user": account}}
    return {"auth": {"identity": identity, "scope": {"project": project}}}


def classify(status: int) -> AnswerKind:
    """Return the kind of an answer by its status."""
    if status == HTTPStatus.CREATED:
        return "issued"
    if status in _REFUSALS:
        return "refused"
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "unavailable"
    return "unknown"


def read_token(lines: Sequence[str]) -> str | None:
    """Return the token in the X-Subject-Token lines of an answer; None if they hold no single usable one."""
    values = set(lines)
    value = values.pop() if len(values) == 1 else ""
    return value if _VISIBLE.fullmatch(value) else None


def read_lifetime(body: bytes) -> timedelta | None:
    """Return the lifetime of the token that an answer describes; None if the times are missing or make no sense."""
    token = read_member(body, "token")
    match [read_time(token.get(name)) for name in ("issued_at", "expires_at")]:
        case [datetime() as start, datetime() as end] if end - start >= _SHORTEST_LIFETIME:
            return end - start
        case _:
            return None


def read_message(body: bytes) -> str:
    """Return the beginning of IAM's error message, which may repeat a secret; empty if there is none."""
    message = read_member(body, "error").get("message")
    return message[:_MESSAGE_READ] if isinstance(message, str) else ""


def read_time(value: object) -> datetime | None:
    """Return a time in the format of IAM; None if it is in another one."""
    for form in _TIME_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(str(value), form).replace(tzinfo=UTC)
    return None


def read_member(body: bytes, name: str) -> dict[str, Any]:
    """Return an object that is a member of the body's object; an empty one if there is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    member = cast("dict[str, Any]", document).get(name) if isinstance(document, dict) else None
    return cast("dict[str, Any]", member) if isinstance(member, dict) else {}
