"""Credentials as `httpx.Auth`, for blocking and for asyncio clients: a token, or an access key that signs."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import httpx
from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional
from drs_batch_client.runtime import signing
from drs_batch_client.spec import TOKEN_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from drs_batch_client.runtime.settings import Settings

__all__ = ["AccessKeyAuth", "ProjectAuth", "TokenAuth", "utc_now"]

_VISIBLE = re.compile(r"[!-~]+")
_LISTABLE = re.compile(r"[!-+\--~]+")
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"


def utc_now() -> datetime:
    """Return the time by the system's clock, in UTC."""
    return datetime.now(timezone.utc)


class ProjectAuth(httpx.Auth):
    """Credentials that `connect` tells which project they are used for."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown anywhere; a service that echoes it is not quoted."""
        return ()

    def scoped(self, project_id: str, iam_url: str | None, settings: Settings) -> ProjectAuth:  # noqa: ARG002 - for others
        """Return these credentials for a connection.

        Args:
            project_id: The project of the connection.
            iam_url: Where the IAM of its region is; None if that is not known.
            settings: How its requests are sent.

        Raises:
            ValueError: They are for another project, or something is missing.
        """
        return self

    def _same(self, own: str | None, project_id: str) -> str:
        if own is not None and own != project_id:
            raise ValueError(f"auth is for project {own}, the connection for {project_id}")
        return project_id


def _visible(_instance: object, attribute: Attribute[str], value: str) -> None:
    """Refuse what cannot be the value of a header, without showing it."""
    _check(attribute.name, value, _VISIBLE, "blanks")


def _listable(_instance: object, attribute: Attribute[str], value: str) -> None:
    """Refuse what cannot stand in a list, such as AK and SK in one."""
    _check(attribute.name, value, _LISTABLE, "blanks and commas")


def _check(name: str, value: object, allowed: re.Pattern[str], lacking: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not allowed.fullmatch(value):
        raise ValueError(f"{name} must be one or more visible ASCII characters without {lacking}")


@frozen(eq=False)
class TokenAuth(ProjectAuth):
    """A token that you have: the header X-Subject-Token of IAM's answer.

    It is not renewed; IAM's tokens are valid for 24 hours.

    Attributes:
        token: The token, for the project of the connection.

    Raises:
        TypeError: The token is no text.
        ValueError: The token is empty, or has a blank or a line break in it.
    """

    token: str = field(repr=False, validator=_visible)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self.token,)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the token."""
        request.headers[TOKEN_HEADER] = self.token
        yield request


@frozen(eq=False, kw_only=True)
class AccessKeyAuth(ProjectAuth):
    """An access key (AK/SK) that signs each request, by the vendor's API Request Signing Guide.

    Signed are Host, Content-Type and all headers that begin with `X-`; a token is not sent. The clock of this machine
    must be right by a quarter of an hour.

    Attributes:
        access_key: AK, which names the key.
        secret_key: SK, which signs and is not sent.
        security_token: What a temporary key comes with; None for a permanent one.
        project_id: Project that the key is used for; that of the connection unless given.
        clock: Tells the time, aware.

    Raises:
        TypeError: A value is no text.
        ValueError: A value is empty, or has a blank or a line break in it, or the access key a comma.
    """

    access_key: str = field(validator=_listable)
    secret_key: str = field(repr=False, validator=_visible)
    security_token: str | None = field(default=None, repr=False, validator=optional(_visible))
    project_id: str | None = field(default=None, validator=optional(_visible))
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)

    requires_request_body = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret key, and the security token."""
        return (self.secret_key,) if self.security_token is None else (self.secret_key, self.security_token)

    def scoped(self, project_id: str, iam_url: str | None, settings: Settings) -> AccessKeyAuth:  # noqa: ARG002 - see above
        """Return the key for the project of a connection."""
        return evolve(self, project_id=self._same(self.project_id, project_id))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request."""
        path, _, query = request.url.raw_path.partition(b"?")
        if b"+" in query:
            # So httpx writes a blank; whether the gateway reads a blank or a plus where it verifies, nobody says.
            request.url = request.url.copy_with(raw_path=path + b"?" + query.replace(b"+", b"%20"))
        headers = request.headers
        # It is not documented which of the two would count; and what is signed, the gateway repeats in its refusal.
        headers.pop(TOKEN_HEADER, None)
        headers["X-Sdk-Date"] = self.clock().astimezone(timezone.utc).strftime(_DATE_FORMAT)
        if self.project_id is not None:
            headers["X-Project-Id"] = self.project_id
        if self.security_token is not None:
            headers["X-Security-Token"] = self.security_token
        headers["Authorization"] = signing.authorization(
            self.access_key,
            self.secret_key,
            method=request.method,
            target=request.url.raw_path,
            headers=_signed(headers.raw),
            body=request.content,
        )
        yield request


def _signed(raw: list[tuple[bytes, bytes]]) -> dict[str, bytes]:
    """Return the headers to sign: those that say what is asked for and that nobody on the way has reason to change."""
    headers = [(name.decode("ascii").lower(), value) for name, value in raw]
    times = Counter(name for name, _ in headers)
    # Nobody says how a repeated header is signed, and the vendor's signer leaves out names with an underscore.
    return {name: value for name, value in headers if times[name] == 1 and "_" not in name and _is_telling(name)}


def _is_telling(name: str) -> bool:
    return name in {"host", "content-type"} or name.startswith("x-")
