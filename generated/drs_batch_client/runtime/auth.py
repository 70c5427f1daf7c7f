"""Credentials as `httpx.Auth`, for blocking and for asyncio clients: a token or an access key."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import httpx
from attrs import evolve, field, frozen
from attrs.validators import optional
from drs_batch_client.runtime import signing
from drs_batch_client.runtime.credentials import listable, visible
from drs_batch_client.runtime.logs import hide_headers_in_logs
from drs_batch_client.runtime.retries import SIGN_AGAIN
from drs_batch_client.spec import TOKEN_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Self

    from drs_batch_client.runtime.credentials import Credentials
    from drs_batch_client.runtime.settings import Settings

__all__ = ["AccessKeyAuth", "ProjectAuth", "SigningAuth", "TokenAuth", "utc_now"]

_KEPT = 100
"""Last signed requests whose signatures are masked; in the 15 minutes that one is valid, few are on their way."""


def utc_now() -> datetime:
    """Return the time of the system's clock, in UTC."""
    return datetime.now(UTC)


class ProjectAuth(httpx.Auth):
    """Base class of credentials that `connect` binds to the project of the connection."""

    def __attrs_post_init__(self) -> None:
        """Keep the headers of answers, in which credentials may come back, out of the logs of the HTTP library."""
        hide_headers_in_logs()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not be shown; they are masked in anything that a server repeats."""
        return ()

    def scoped(self, project_id: str, iam_url: str | None, settings: Settings) -> ProjectAuth:  # noqa: ARG002 - for subclasses
        """Return these credentials for a connection.

        Args:
            project_id: The project of the connection.
            iam_url: Base URL of IAM in its region; None if that is not known.
            settings: How its requests are sent.

        Raises:
            ValueError: The credentials are for another project, or a setting is missing.
        """
        return self

    def _same(self, own: str | None, project_id: str) -> str:
        if own is not None and own != project_id:
            raise ValueError(f"auth is for project {own}, the connection for {project_id}")
        return project_id


@frozen(eq=False)
class TokenAuth(ProjectAuth):
    """A token: the value of X-Subject-Token in IAM's answer.

    It is not renewed. IAM's tokens are valid for 24 hours.

    Attributes:
        token: The token, for the project of the connection.

    Raises:
        TypeError: The token is not a str.
        ValueError: The token is empty, or has a blank or a line break.
    """

    token: str = field(repr=False, validator=visible)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self.token,)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to a request."""
        request.headers[TOKEN_HEADER] = self.token
        yield request


_Signed = deque[tuple[tuple[str, str], ...]]


@frozen(eq=False, kw_only=True)
class SigningAuth(ProjectAuth):
    """Base class of access keys, which sign each request.

    Attributes:
        project_id: Project that the key is used for. Default: the project of the connection.
        clock: Returns the time, with a time zone.
    """

    project_id: str | None = field(default=None, validator=optional(visible))
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)
    _signed: _Signed = field(factory=partial(_Signed, maxlen=_KEPT), repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What the last 100 requests were signed with."""
        return tuple(signing.sent_credentials(header for headers in self._signed.copy() for header in headers))

    def scoped(self, project_id: str, iam_url: str | None, settings: Settings) -> Self:  # noqa: ARG002 - as in the base class
        """Return the key for the project of a connection."""
        return evolve(self, project_id=self._same(self.project_id, project_id))

    def _sign(self, request: httpx.Request, key: Credentials | AccessKeyAuth) -> None:
        path, _, query = request.url.raw_path.partition(b"?")
        if b"+" in query:
            # httpx encodes a blank as a plus, and it is not documented which of the two the gateway verifies.
            request.url = request.url.copy_with(raw_path=path + b"?" + query.replace(b"+", b"%20"))
        headers = request.headers
        # It is not documented which of the two credentials counts, and the gateway repeats signed headers in errors.
        for name in (TOKEN_HEADER, "X-Security-Token"):
            headers.pop(name, None)
        headers["X-Sdk-Date"] = signing.format_date(self.clock())
        if self.project_id is not None:
            headers["X-Project-Id"] = self.project_id
        if key.security_token is not None:
            headers["X-Security-Token"] = key.security_token
        headers["Authorization"] = signing.authorization(
            key.access_key,
            key.secret_key,
            method=request.method,
            target=request.url.raw_path,
            headers=signing.signed_headers((name.decode("ascii"), value) for name, value in headers.raw),
            body=request.content,
        )
        self._signed.append(tuple((name, headers[name]) for name in ("Authorization", "X-Sdk-Date")))


@frozen(eq=False, kw_only=True)
class AccessKeyAuth(SigningAuth):
    """An access key (AK/SK), which signs each request as the vendor's API Request Signing Guide describes.

    The signature covers Host, Content-Type and all headers that begin with `X-`. No token is sent. The clock of this
    machine may be wrong by at most 15 minutes.

    Attributes:
        access_key: The AK, which names the key.
        secret_key: The SK, which signs and is not sent.
        security_token: The security token of a temporary key; None for a permanent key.
        project_id: Project that the key is used for. Default: the project of the connection.
        clock: Returns the time, with a time zone.

    Raises:
        TypeError: A value is not a str.
        ValueError: A value is empty, or has a blank or a line break; or the access key has a comma.
    """

    access_key: str = field(validator=listable)
    secret_key: str = field(repr=False, validator=visible)
    security_token: str | None = field(default=None, repr=False, validator=optional(visible))

    requires_request_body = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret key, the security token, and what the last 100 requests were signed with."""
        return (*filter(None, (self.secret_key, self.security_token)), *super().secrets)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request, and each further attempt at it anew."""
        sign = partial(self._sign, key=self)
        sign(request)
        request.extensions = {**request.extensions, SIGN_AGAIN: sign}
        yield request
