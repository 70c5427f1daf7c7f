"""Authentication of the requests of a run: by a token, by one that IAM issues, or by a signature."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx

from conformance.auth.access_key import SigningKey, sign
from conformance.auth.iam_user import IamUser, RenewedToken, issue
from conformance.auth.signing import sent_credentials
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
    """A token that the user gave.

    Attributes:
        value: Value of X-Auth-Token.
    """

    value: str = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not be written anywhere."""
        return (self.value,)


Login = Token | IamUser | SigningKey
"""The credentials that the user gave."""


class Authentication:
    """Authenticates the requests of a run; this base class uses a token that stays the same.

    Attributes:
        token: Value of X-Auth-Token in the requests that scenarios build with the right credentials.
    """

    def __init__(self, token: str) -> None:
        """Start with a token."""
        self.token = token

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not be written anywhere."""
        return (self.token,)

    @property
    def sent(self) -> tuple[str, ...]:
        """The values besides the secrets that were added to requests, and that must not be written either."""
        return ()

    def refresh(self) -> None:
        """Renew the token if it expires soon; raises `IamError` if no token is valid."""

    def current(self, request: Request) -> Request:
        """Return the request with the current token in place of an earlier one."""
        return request

    def sign(self, request: Request) -> Request:
        """Return the request as it is sent, with a signature if needed."""
        return request

    def __repr__(self) -> str:
        """Show no secret."""
        return f"{type(self).__name__}()"


class IamAuthentication(Authentication):
    """Authenticates by a token that IAM issues, and that is renewed before it expires."""

    def __init__(self, renewed: RenewedToken) -> None:
        """Start with a token of IAM."""
        super().__init__(renewed.value)
        self._renewed = renewed
        self._replacements: dict[str, str] = {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password and all tokens so far."""
        return self._renewed.secrets

    def refresh(self) -> None:
        """Renew the token if it expires soon; raises `IamError` if no token is valid."""
        self._renewed.refresh()
        if self.token != self._renewed.value:
            former, self.token = self.token, self._renewed.value
            for old, new in ((former, self.token), *zip(near_misses(former), near_misses(self.token), strict=False)):
                self._replacements = {key: new if value == old else value for key, value in self._replacements.items()}
                self._replacements[old] = new

    def current(self, request: Request) -> Request:
        """Return the request with the current token, or its near miss, in place of an earlier one."""
        if not self._replacements:
            return request
        return replace(
            request, headers=tuple((name, self._replacements.get(value, value)) for name, value in request.headers)
        )


class SignatureAuthentication(Authentication):
    """Authenticates by an access key: a request with the placeholder token is sent with a signature in its place."""

    def __init__(self, key: SigningKey, *, url: str, project_id: str) -> None:
        """Prepare to sign.

        Args:
            key: The access key.
            url: Base URL of the target.
            project_id: The project that the key is used for.
        """
        super().__init__(placeholder_token(key.secret_key))
        self._key = key
        self._url = httpx.URL(url)
        self._project_id = project_id
        self._sent: dict[str, None] = {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The placeholder token and the secrets of the key."""
        return (self.token, *self._key.secrets)

    @property
    def sent(self) -> tuple[str, ...]:
        """The name of the key, and the date and the signature of each request."""
        return tuple(self._sent)

    def sign(self, request: Request) -> Request:
        """Return the request with a signature if it has the placeholder token; else unchanged."""
        if request.values("X-Auth-Token") != (self.token,):
            return request
        signed = sign(
            request,
            self._key,
            host=self._url.netloc.decode(),
            prefix=self._url.raw_path.decode().rstrip("/"),
            project_id=self._project_id,
            moment=dt.datetime.now(dt.UTC),
        )
        self._sent.update(dict.fromkeys(sent_credentials(signed.headers)))
        return signed


def acquire(
    login: Login, open_transport: Callable[[str], AbstractContextManager[Transport]], *, url: str, project_id: str
) -> Authentication:
    """Return the authentication for a target, with a token of IAM if needed.

    Args:
        login: The credentials that the user gave.
        open_transport: Opens a transport to a base URL.
        url: Base URL of the target.
        project_id: The project of the account.

    Raises:
        IamError: IAM does not issue a token or cannot be reached.
    """
    if isinstance(login, Token):
        return Authentication(login.value)
    if isinstance(login, SigningKey):
        return SignatureAuthentication(login, url=url, project_id=project_id)

    def fetch() -> IssuedToken:
        with open_transport(login.endpoint) as transport:
            return issue(login, transport)

    return IamAuthentication(RenewedToken(fetch, login.password))
