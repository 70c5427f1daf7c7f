"""IAM users of a run, and the tokens that IAM issues to them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.auth import iam
from conformance.auth.iam import IssuedToken
from conformance.errors import IamError, IamRefusedError, IamUnavailableError
from conformance.exchange.exchange import Request, TransportFailure
from conformance.exchange.redaction import Redactor, on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange.exchange import Response
    from conformance.exchange.transport import Transport

__all__ = ["IamUser", "RenewedToken", "issue"]

SHORTEST_TOKEN = 32
"""Characters of a token at least. A shorter one could be a word, which would be masked wherever a report uses it."""

REMEDIES = {
    HTTPStatus.BAD_REQUEST: "--iam-user, --iam-domain, --project-id: IAM does not understand them{}; check them",
    HTTPStatus.UNAUTHORIZED: (
        "--iam-user, --iam-password, --iam-domain: IAM does not accept them for the project{}; check all three and"
        " --project-id before the next attempt, since IAM locks a user after several failures"
    ),
    HTTPStatus.FORBIDDEN: "--iam-user: IAM issues no token to this user{}; ask the account's administrator for access",
}


def utc_now() -> datetime:
    """Return the time by the clock of the system, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class IamUser:
    """An IAM user, and the project to request tokens for.

    Attributes:
        endpoint: Base URL of IAM.
        user: Name of the user.
        domain: Name of the account that the user belongs to.
        password: Password of the user.
        project_id: ID of the project.
        project_name: Name of the project, which is used if there is no ID.
    """

    endpoint: str
    user: str
    domain: str
    password: str = field(repr=False)
    project_id: str | None
    project_name: str | None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not be written anywhere."""
        return (self.password,)


def issue(user: IamUser, transport: Transport) -> IssuedToken:
    """Request a token through a transport to the user's endpoint; raises `IamError`."""
    [outcome] = transport.send([Request("POST", iam.TARGET, tuple(iam.HEADERS.items()), _body(user))], repeatable=True)
    if isinstance(outcome, TransportFailure):
        raise IamUnavailableError(f"--iam-endpoint: {_reason(user.endpoint, outcome)}")
    match iam.classify(outcome.status):
        case "issued":
            return _read(user, outcome)
        case "refused":
            raise IamRefusedError(REMEDIES[HTTPStatus(outcome.status)].format(_details(user, outcome)))
        case "unavailable":
            raise IamUnavailableError(
                f"--iam-endpoint: {user.endpoint} has an outage or is busy{_details(user, outcome)}; try again later"
            )
        case _:
            raise _not_iam(user, f"answers with status {outcome.status}")


class RenewedToken:
    """A token that is renewed before it expires.

    Attributes:
        secrets: The password and all tokens so far: the values that must not be written anywhere.
    """

    def __init__(
        self, fetch: Callable[[], IssuedToken], password: str, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Request the first token.

        Args:
            fetch: Requests a token; raises `IamError`, which this constructor passes on.
            password: The password that tokens are requested with.
            clock: Returns the time.
        """
        self._fetch = fetch
        self._clock = clock
        self.secrets: tuple[str, ...] = (password,)
        self._failed: datetime | None = None
        self._keep(clock(), fetch())

    @property
    def value(self) -> str:
        """The current token."""
        return self._token.value

    def due(self, now: datetime) -> bool:
        """Return whether to renew the token now."""
        if self._failed is not None and iam.is_pausing(self._failed, now):
            return now >= self._token.end
        return now >= self._token.due

    def refresh(self) -> None:
        """Renew the token if it is due; raises `IamError` if that fails and the current one has expired."""
        now = self._clock()
        if not self.due(now):
            return
        try:
            self._keep(now, self._fetch())
        except IamError:
            if now >= self._token.end:
                raise
            self._failed = now

    def __repr__(self) -> str:
        """Show no secret."""
        return f"RenewedToken({self._token!r})"

    def _keep(self, now: datetime, token: IssuedToken) -> None:
        self._token = token.hold(now)
        self._failed = None
        self.secrets = tuple(dict.fromkeys((*self.secrets, token.value)))


def _body(user: IamUser) -> bytes:
    project = {"name": user.project_name or ""} if user.project_id is None else {"id": user.project_id}
    document = iam.request_document(user.user, user.password, user.domain, project)
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # from octets of the environment that are not UTF-8
        raise IamRefusedError(
            "--iam-user, --iam-password, --iam-domain, --project-id: not valid UTF-8; set them again"
        ) from None


def _read(user: IamUser, response: Response) -> IssuedToken:
    value = iam.read_token(response.values("X-Subject-Token"))
    if value is None or len(value) < SHORTEST_TOKEN:
        raise _not_iam(user, "issues no usable token")
    lifetime = iam.read_lifetime(response.body)
    if lifetime is None:
        raise _not_iam(user, "does not say how long its token is valid")
    return IssuedToken(value, lifetime)


def _details(user: IamUser, response: Response) -> str:
    """Return the status and IAM's error message in parentheses; nothing else of an answer is shown."""
    # Redacted before it is cut: half a secret might not be found.
    redact = Redactor(user.password, *response.values("X-Subject-Token"))
    message = on_one_line(redact(iam.read_message(response.body)), iam.MESSAGE_LENGTH)
    return f" ({response.status}: {message})" if message else f" ({response.status})"


def _reason(endpoint: str, failure: TransportFailure) -> str:
    # The detail of any other failure may quote the answer.
    if failure.kind == "unreachable":
        return f"{endpoint} cannot be reached ({failure.detail}); check it, and the network"
    if failure.kind == "insecure":
        return f"{endpoint} is not trusted ({failure.detail}); check it, or name its certificates with --ca-file"
    if failure.kind == "timeout":
        return f"{endpoint} gives {failure.detail}; check it, or allow more with --timeout"
    return f"{endpoint} does not answer like IAM; check it"


def _not_iam(user: IamUser, what: str) -> IamUnavailableError:
    return IamUnavailableError(
        f"--iam-endpoint: {user.endpoint} is not IAM: it {what}; give a URL like https://iam.myhuaweicloud.com"
    )
