"""Tokens from IAM, by user name and password; each is fetched anew before it expires."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from conformance.exchange import MalformedError, Request, Response, TransportFailure
from conformance.redaction import Redactor
from conformance.server.settings import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.transport import Transport

__all__ = ["IamError", "IamUser", "IssuedToken", "RefusedError", "RenewedToken", "UnavailableError", "issue"]

TARGET = "/v3/auth/tokens?nocatalog=true"
HEADERS = (("Content-Type", "application/json;charset=utf8"), ("Accept", "application/json"))
TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ")
MESSAGE_LENGTH = 200

LIFE = timedelta(hours=24)
"""That of IAM's tokens; whatever is said to live longer is renewed as well."""
RENEWAL = timedelta(minutes=5)
"""Before its end a token is renewed, or when a tenth of its life is left if that is less."""
PAUSE = timedelta(minutes=1)
"""Between two attempts to renew a token, since IAM locks a user after several that fail."""

REMEDIES = {
    HTTPStatus.BAD_REQUEST: "--iam-user, --iam-domain, --project-id: IAM cannot make sense of them{}; check them",
    HTTPStatus.UNAUTHORIZED: (
        "--iam-user, --iam-password, --iam-domain: IAM does not accept them for the project{}; check all three and"
        " --project-id before the next attempt, as IAM locks a user after several"
    ),
    HTTPStatus.FORBIDDEN: "--iam-user: IAM gives this user no token{}; have the account's administrator permit it",
}


class IamError(Exception):
    """There is no token; the message names the option and the remedy."""


class RefusedError(IamError):
    """IAM does not accept the user."""


class UnavailableError(IamError):
    """IAM cannot be reached, is out of order, or is something else."""


@dataclass(frozen=True)
class IamUser:
    """A user of IAM, and the project that a token is wanted for.

    Attributes:
        endpoint: Base URL of IAM.
        user: Name of the user.
        domain: Name of the account that the user belongs to.
        password: Password of the user.
        project_id: ID of the project.
        project_name: Its name, which counts if there is no ID.
    """

    endpoint: str
    user: str
    domain: str
    password: str = field(repr=False)
    project_id: str | None
    project_name: str | None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written anywhere."""
        return (self.password,)


@dataclass(frozen=True)
class IssuedToken:
    """A token, and its life by IAM's clock.

    Attributes:
        value: Value of X-Auth-Token.
        issued: When it was issued, in UTC.
        expires: When it expires, in UTC.
    """

    value: str = field(repr=False)
    issued: datetime
    expires: datetime


def issue(user: IamUser, transport: Transport) -> IssuedToken:
    """Fetch a token through a transport to the user's endpoint; raises `IamError`."""
    [outcome] = transport.send([Request("POST", TARGET, HEADERS, _body(user))], repeatable=True)
    if isinstance(outcome, TransportFailure):
        raise UnavailableError(f"--iam-endpoint: {_reason(user.endpoint, outcome)}")
    if outcome.status == HTTPStatus.CREATED:
        return _issued(user, outcome)
    if outcome.status in REMEDIES:
        raise RefusedError(REMEDIES[HTTPStatus(outcome.status)].format(_said(outcome, Redactor(user.password))))
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS or outcome.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        said = _said(outcome, Redactor(user.password))
        raise UnavailableError(f"--iam-endpoint: {user.endpoint} is out of order or busy{said}; try again later")
    raise _no_iam(user, f"answers with status {outcome.status}")


class RenewedToken:
    """A token that can be renewed before it expires.

    Attributes:
        secrets: All values that it had, and the password: what must not be written anywhere.
    """

    def __init__(
        self, fetch: Callable[[], IssuedToken], password: str, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Fetch the first token.

        Args:
            fetch: Fetches a token; raises `IamError`, as this constructor does then.
            password: What tokens are fetched with.
            clock: Tells the time.
        """
        self._fetch = fetch
        self._clock = clock
        self.secrets: tuple[str, ...] = (password,)
        self._keep(clock(), fetch())

    @property
    def value(self) -> str:
        """The present token."""
        return self._token.value

    def due(self, now: datetime) -> bool:
        """Return whether the token is to be renewed now."""
        return now >= self._due

    def renew(self) -> None:
        """Fetch another token; raises `IamError` if that fails and the present one has expired."""
        now = self._clock()
        try:
            token = self._fetch()
        except IamError:
            if now >= self._end:
                raise
            self._due = min(now + PAUSE, self._end)
        else:
            self._keep(now, token)

    def refresh(self) -> None:
        """Renew the token if it is due; raises `IamError` if there is none that is valid."""
        if self.due(self._clock()):
            self.renew()

    def __repr__(self) -> str:
        """Show no secret."""
        return f"RenewedToken({self._token!r})"

    def _keep(self, now: datetime, token: IssuedToken) -> None:
        # The two clocks may differ, so only the length of its life is taken from IAM.
        life = min(token.expires - token.issued, LIFE)
        self._token = token
        self._end = now + life
        self._due = self._end - min(RENEWAL, life / 10)
        self.secrets = tuple(dict.fromkeys((*self.secrets, token.value)))


def _body(user: IamUser) -> bytes:
    project = {"name": user.project_name} if user.project_id is None else {"id": user.project_id}
    whom = {"name": user.user, "password": user.password, "domain": {"name": user.domain}}
    identity = {"methods": ["password"], "password": {"user": whom}}
    document = {"auth": {"identity": identity, "scope": {"project": project}}}
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # octets of the environment that are no UTF-8
        raise RefusedError(
            "--iam-user, --iam-password, --iam-domain, --project-id: hold octets that are no UTF-8; set them again"
        ) from None


def _issued(user: IamUser, response: Response) -> IssuedToken:
    tokens = set(response.values("X-Subject-Token"))
    value = tokens.pop() if len(tokens) == 1 else ""
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise _no_iam(user, "issues no token that can be used")
    token = _member(response, "token")
    issued, expires = _moment(token.get("issued_at")), _moment(token.get("expires_at"))
    if issued is None or expires is None or expires <= issued:
        raise _no_iam(user, "does not say how long its token is valid")
    return IssuedToken(value, issued, expires)


def _moment(value: object) -> datetime | None:
    for form in TIME_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(str(value), form).replace(tzinfo=timezone.utc)
    return None


def _member(response: Response, name: str) -> dict[str, Any]:
    """Return an object in the object that the body is; an empty one if there is none."""
    try:
        document = response.json()
    except MalformedError:
        return {}
    member = document.get(name) if isinstance(document, dict) else None
    return member if isinstance(member, dict) else {}


def _said(response: Response, redact: Redactor) -> str:
    """Return the status and IAM's own message in brackets; nothing else of an answer is repeated."""
    message = _member(response, "error").get("message")
    shown = redact(message) if isinstance(message, str) else ""
    # Redacted first: a secret that is cut in two would not be found.
    shown = "".join(character if character.isprintable() else " " for character in shown)[:MESSAGE_LENGTH].strip()
    return f" ({response.status}: {shown})" if shown else f" ({response.status})"


def _reason(endpoint: str, failure: TransportFailure) -> str:
    # The detail of any other failure may quote what came back.
    if failure.kind == "unreachable":
        return f"{endpoint} cannot be reached ({failure.detail}); check it, and the network"
    if failure.kind == "insecure":
        return f"{endpoint} is not trusted ({failure.detail}); check it, or name its certificates with --ca-file"
    if failure.kind == "timeout":
        return f"{endpoint} gives {failure.detail}; check it, or allow more with --timeout"
    return f"{endpoint} does not answer as IAM does; check it"


def _no_iam(user: IamUser, what: str) -> UnavailableError:
    return UnavailableError(
        f"--iam-endpoint: {user.endpoint} is no IAM, as it {what}; name one like https://iam.myhuaweicloud.com"
    )
