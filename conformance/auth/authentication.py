"""What requests are authenticated with: a token, one that IAM issues, or a signature."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx

from conformance.auth.access_key import SigningKey, sign
from conformance.auth.iam_user import IamUser, RenewedToken, issue
from conformance.exchange.tokens import near_misses, placeholder_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conformance.auth.iam import IssuedToken
    from conformance.exchange.exchange import Request
    from conformance.exchange.transport import Transport

__all__ = ["Authentication", "Login", "Token", "acquire"]


@dataclass(frozen=True)
class Token:
    """A token that the user has.

    Attributes:
        value: Value of X-Auth-Token; kept out of the repr.
    """

    value: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written anywhere."""
        return (self.value,)


Login = Token | IamUser | SigningKey
"""What the user gave to authenticate with."""


class Authentication:
    """What the requests of a run are authenticated with; in the plain case, a token that stays the same.

    Attributes:
        token: Value of X-Auth-Token in a request with the right credentials, as the stimuli build it.
    """

    def __init__(self, token: str) -> None:
        """Take the token."""
        self.token = token

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must not be written anywhere."""
        return (self.token,)

    def refresh(self) -> None:
        """Make sure that the token is valid for a while yet; raises `IamError`."""

    def current(self, request: Request) -> Request:
        """Return a request that was built with an earlier token as one with this token."""
        return request

    def sign(self, request: Request) -> Request:
        """Return the request as it goes over the wire."""
        return request

    def __repr__(self) -> str:
        """Show nothing of them."""
        return f"{type(self).__name__}()"


class IamAuthentication(Authentication):
    """A token that IAM issues, and issues anew before it expires."""

    def __init__(self, renewed: RenewedToken) -> None:
        """Take the token and what renews it."""
        super().__init__(renewed.value)
        self._renewed = renewed
        self._current: dict[str, str] = {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The tokens so far, and the password."""
        return self._renewed.secrets

    def refresh(self) -> None:
        """Renew the token if it expires soon; raises `IamError` if there is none that is valid."""
        self._renewed.refresh()
        if self.token != self._renewed.value:
            former, self.token = self.token, self._renewed.value
            for old, new in ((former, self.token), *zip(near_misses(former), near_misses(self.token), strict=False)):
                self._current = {key: new if value == old else value for key, value in self._current.items()}
                self._current[old] = new

    def current(self, request: Request) -> Request:
        """Put the present token in the place of an earlier one."""
        if not self._current:
            return request
        return replace(
            request, headers=tuple((name, self._current.get(value, value)) for name, value in request.headers)
        )


class SignatureAuthentication(Authentication):
    """An access key: whatever carries the run's own stand-in for a token is sent with a signature in its place."""

    def __init__(self, key: SigningKey, *, url: str, project_id: str) -> None:
        """Take the key, the target's base URL, and the project that the key is used for."""
        super().__init__(placeholder_token(key.secret_key))
        self._key = key
        self._url = httpx.URL(url)
        self._project_id = project_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """The stand-in, and those of the key."""
        return (self.token, *self._key.secrets)

    def sign(self, request: Request) -> Request:
        """Sign the request, if it is one with the right credentials."""
        if request.values("X-Auth-Token") != (self.token,):
            return request
        return sign(
            request,
            self._key,
            host=self._url.netloc.decode(),
            prefix=self._url.raw_path.decode().rstrip("/"),
            project_id=self._project_id,
            moment=dt.datetime.now(dt.timezone.utc),
        )


def acquire(
    login: Login, dial: Callable[[str], AbstractContextManager[Transport]], *, url: str, project_id: str
) -> Authentication:
    """Return the credentials for a target, from IAM if need be; `dial` opens a transport to a base URL.

    Raises:
        IamError: IAM issues no token, or cannot be reached.
    """
    if isinstance(login, Token):
        return Authentication(login.value)
    if isinstance(login, SigningKey):
        return SignatureAuthentication(login, url=url, project_id=project_id)

    def fetch() -> IssuedToken:
        with dial(login.endpoint) as transport:
            return issue(login, transport)

    return IamAuthentication(RenewedToken(fetch, login.password))
