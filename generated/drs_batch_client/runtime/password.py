"""An IAM user as `httpx.Auth`: its token is fetched when needed, and renewed."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
from attrs import Attribute, Factory, evolve, field, frozen
from attrs.validators import optional
from drs_batch_client.runtime import iam
from drs_batch_client.runtime.auth import ProjectAuth, utc_now
from drs_batch_client.runtime.errors import TransportError
from drs_batch_client.runtime.redaction import on_one_line, scrub
from drs_batch_client.runtime.regions import checked_url
from drs_batch_client.runtime.settings import Settings
from drs_batch_client.runtime.tokens import IssuedToken, TokenCache
from drs_batch_client.runtime.transports import borrowed_async_client, borrowed_client
from drs_batch_client.spec import TOKEN_HEADER

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from datetime import datetime

__all__ = ["PasswordAuth"]

_Caches = dict[tuple[str, str], TokenCache]


def _caches() -> _Caches:
    return {}


def _text(_instance: object, attribute: Attribute[str], value: object) -> None:
    """Refuse what cannot be sent, without showing it."""
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be a str, not {type(value).__name__}")
    # Half a surrogate pair is what is left of octets that were no UTF-8, in an environment variable for instance.
    if not value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{attribute.name} must be one or more characters of Unicode")


def _url(_instance: object, attribute: Attribute[str], value: str) -> None:
    checked_url(attribute.name, value)


@frozen(eq=False, kw_only=True)
class PasswordAuth(ProjectAuth):
    """An IAM user, for whom tokens are fetched from IAM.

    A token is fetched before the first call, and anew five minutes before its end, or when a tenth of its life is left
    if that is less. It is also fetched anew, once a call, after a 401. However many callers wait for a token, it is
    fetched once; blocking callers and those of each event loop count separately. When IAM cannot be reached, the token
    at hand is used until its end. Credentials that IAM refused for a project are not tried again for a minute, since
    IAM locks a user after several failures.

    One object may serve many clients, threads and event loops; they share its tokens.

    Attributes:
        user: Name of the IAM user.
        password: Password of that user.
        domain: Name of the account that the user belongs to.
        project_id: Project that the token is for; that of the connection unless given.
        iam_url: Where IAM is, such as `https://iam.cn-north-4.myhuaweicloud.com`; that of the region unless given.
        settings: How IAM is asked; that of the connection unless used without one.
        clock: Tells the time, aware.

    Raises:
        TypeError: A value is no text.
        ValueError: A value is empty, or no text that can be sent, or `iam_url` no URL.
    """

    user: str = field(validator=_text)
    password: str = field(repr=False, validator=_text)
    domain: str = field(validator=_text)
    project_id: str | None = field(default=None, validator=optional(_text))
    iam_url: str | None = field(default=None, validator=optional(_url))
    settings: Settings = field(factory=Settings, repr=False)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)
    _caches: _Caches = field(default=Factory(_caches), repr=False)

    def __attrs_post_init__(self) -> None:
        """Have no log show what IAM will issue."""
        iam.hide_tokens_in_logs()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, and the tokens that it has brought."""
        return (self.password, *(token for cache in tuple(self._caches.values()) for token in cache.known))

    def scoped(self, project_id: str, iam_url: str | None, settings: Settings) -> PasswordAuth:
        """Return the user for the project of a connection; it shares the tokens with this object."""
        place = self.iam_url or iam_url
        if place is None:
            raise ValueError("base_url is the endpoint of no known region; give PasswordAuth the iam_url to use")
        project_id = self._same(self.project_id, project_id)
        return evolve(self, project_id=project_id, iam_url=place, settings=settings)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send a token, and another one after a 401."""
        request.read()  # A body that comes in parts could not be sent a second time.
        cache = self._cache
        token = cache.get(self._fetch)
        request.headers[TOKEN_HEADER] = token
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.read()  # An answer that is not read keeps its connection, which may be the only one.
            request.headers[TOKEN_HEADER] = cache.get(self._fetch, rejected=token)
            yield request

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send a token, and another one after a 401."""
        await request.aread()
        cache = self._cache
        token = await cache.get_async(self._fetch_async)
        request.headers[TOKEN_HEADER] = token
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            await response.aread()
            request.headers[TOKEN_HEADER] = await cache.get_async(self._fetch_async, rejected=token)
            yield request

    @property
    def _cache(self) -> TokenCache:
        # dict.setdefault is atomic.
        return self._caches.setdefault(self._place, TokenCache(self.clock))

    @property
    def _place(self) -> tuple[str, str]:
        if self.iam_url is None or self.project_id is None:
            raise ValueError("PasswordAuth needs iam_url and project_id where no connection gives them")
        return self.iam_url.rstrip("/"), self.project_id

    @property
    def _request(self) -> dict[str, Any]:
        iam_url, project_id = self._place
        json = iam.body(self.user, self.password, self.domain, project_id)
        request = {"method": "POST", "url": iam_url + iam.PATH, "headers": iam.HEADERS, "json": json}
        # A client of the user's own may have another idea of either.
        return {**request, "auth": None, "follow_redirects": False}

    def _fetch(self) -> IssuedToken:
        iam_url, _ = self._place
        try:
            with borrowed_client(self.settings, iam_url) as http:
                return iam.issued(http.request(**self._request), self.secrets)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def _fetch_async(self) -> IssuedToken:
        iam_url, _ = self._place
        try:
            async with borrowed_async_client(self.settings, iam_url) as http:
                return iam.issued(await http.request(**self._request), self.secrets)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx.HTTPError) -> TransportError:
        iam_url, _ = self._place
        scrub(self.secrets, error)
        reason = on_one_line(str(error), 200) or type(error).__name__
        return TransportError(f"IAM at {iam_url} does not answer ({reason}); {iam.NO_EFFECT}")
