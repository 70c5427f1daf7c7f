"""An IAM user as `httpx.Auth`, whose token is requested when needed, and renewed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional
from drs_batch_client.runtime import iam
from drs_batch_client.runtime.aio.transports import answered_async
from drs_batch_client.runtime.auth import utc_now
from drs_batch_client.runtime.blocking.transports import answered
from drs_batch_client.runtime.causes import beginning, scrub, text_of
from drs_batch_client.runtime.deadlines import left
from drs_batch_client.runtime.delivery import OTHER
from drs_batch_client.runtime.errors import DrsError, TransportError
from drs_batch_client.runtime.iam_answers import NO_EFFECT, issued
from drs_batch_client.runtime.network import check_privacy, proxy_for, proxy_secrets
from drs_batch_client.runtime.redaction import Redactor, on_one_line
from drs_batch_client.runtime.regions import checked_url
from drs_batch_client.runtime.settings import Settings
from drs_batch_client.runtime.tokens import BothRenewedAuth, TokenCache
from drs_batch_client.spec import TOKEN_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime

    import httpx
    from drs_batch_client.runtime.iam import IssuedToken

__all__ = ["PasswordAuth"]

_Caches = dict[tuple[str, str], TokenCache[str]]


def _text(_instance: object, attribute: Attribute[str], value: object) -> None:
    """Reject a value that cannot be sent, without showing it."""
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name} must be a str, not {type(value).__name__}")
    # Half of a surrogate pair replaces octets that are not UTF-8, for instance in an environment variable.
    if not value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{attribute.name} must be one or more Unicode characters")


def _url(_instance: object, attribute: Attribute[str], value: str) -> None:
    checked_url(attribute.name, value)


@frozen(eq=False, kw_only=True)
class PasswordAuth(BothRenewedAuth[str]):
    """An IAM user. Tokens are requested from IAM.

    A token is requested before the first call, and renewed 5 minutes before it expires, or when a tenth of its lifetime
    is left if that is less. It is also renewed after a 401, once a call. A token is requested once for all callers that
    wait for it; blocking callers and those of each event loop count separately. While IAM cannot be reached, the
    current token is used until it expires. Credentials that IAM refused for a project are not tried again for a
    minute, since IAM locks a user after several failures.

    One object may serve many clients, threads and event loops. They share its tokens.

    Attributes:
        user: Name of the IAM user.
        password: Password of that user.
        domain: Name of the account that the user belongs to.
        project_id: Project that the token is for. Default: the project of the connection.
        iam_url: Base URL of IAM, such as `https://iam.cn-north-4.myhuaweicloud.com`. Default: that of the region.
        settings: How requests to IAM are sent. Default: like those of the connection.
        clock: Returns the time, with a time zone.

    Raises:
        TypeError: A value is not a str.
        ValueError: A value is empty or cannot be sent, or `iam_url` is not a URL.
    """

    user: str = field(validator=_text)
    password: str = field(repr=False, validator=_text)
    domain: str = field(validator=_text)
    project_id: str | None = field(default=None, validator=optional(_text))
    iam_url: str | None = field(default=None, validator=optional(_url))
    settings: Settings | None = field(default=None, repr=False)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False)
    _caches: _Caches = field(factory=_Caches, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, and the tokens that were issued for it."""
        return (self.password, *(token for cache in tuple(self._caches.values()) for token in cache.known))

    def scoped(self, project_id: str, iam_url: str | None, settings: Settings) -> PasswordAuth:
        """Return the user for the project of a connection; both share their tokens."""
        place = self.iam_url or iam_url
        if place is None:
            raise ValueError("base_url is not the endpoint of a known region; give PasswordAuth an iam_url")
        settings = self.settings or settings
        check_privacy("iam_url", place, settings)
        if settings.is_network:
            proxy_for(settings, place)  # raises a ValueError if it cannot be used
        project_id = self._same(self.project_id, project_id)
        return evolve(self, project_id=project_id, iam_url=place, settings=settings)

    @property
    def _cache(self) -> TokenCache[str]:
        # dict.setdefault is atomic.
        return self._caches.setdefault(self._place, TokenCache(self.clock))

    def _add(self, request: httpx.Request, token: str) -> None:
        request.headers[TOKEN_HEADER] = token

    @property
    def _place(self) -> tuple[str, str]:
        if self.iam_url is None or self.project_id is None:
            raise ValueError("PasswordAuth needs iam_url and project_id if it is used without connect")
        return self.iam_url.rstrip("/"), self.project_id

    @property
    def _request(self) -> dict[str, Any]:
        iam_url, project_id = self._place
        json = iam.request_document(self.user, self.password, self.domain, {"id": project_id})
        return {
            "method": "POST",
            "url": iam_url + iam.TARGET,
            "headers": iam.HEADERS,
            "json": json,
            "extensions": OTHER,
        }

    def _fetch(self) -> IssuedToken:
        with self._reporting():
            return issued(answered(self._settings, self._place[0], self._request), self._redact)

    async def _fetch_async(self) -> IssuedToken:
        with self._reporting():
            return issued(await answered_async(self._settings, self._place[0], self._request), self._redact)

    @property
    def _settings(self) -> Settings:
        return self.settings or Settings()

    @contextmanager
    def _reporting(self) -> Generator[None, None, None]:
        """Raise a `TransportError` for any error other than a `DrsError`."""
        try:
            yield
        except DrsError:
            raise
        except Exception as error:
            scrub(self._redact, error)
            reason = on_one_line(beginning(self._redact, text_of(error)), 200) or type(error).__name__
            if left() <= 0:
                reason += "; the deadline of the call has passed"
            raise TransportError(f"IAM at {self._place[0]} does not answer ({reason}); {NO_EFFECT}") from error

    def _redact(self, text: str) -> str:
        return Redactor(*self.secrets, *proxy_secrets(self._settings, self._place[0]))(text)
