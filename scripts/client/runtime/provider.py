"""Access keys that a function gives, as `httpx.Auth`. They are renewed."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from attrs import Attribute, Factory, field, frozen
from drs_batch_client.runtime.auth import SigningAuth
from drs_batch_client.runtime.causes import scrub
from drs_batch_client.runtime.checks import is_asynchronous
from drs_batch_client.runtime.credentials import Credentials
from drs_batch_client.runtime.errors import AuthenticationError, TransportError
from drs_batch_client.runtime.iam import Held, renewal_time
from drs_batch_client.runtime.redaction import Redactor
from drs_batch_client.runtime.retries import SIGN_AGAIN
from drs_batch_client.runtime.tokens import TokenCache

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

    import httpx

__all__ = ["ProviderAuth", "check_blocking"]

_NEVER = datetime.max.replace(tzinfo=UTC)


def _function(_instance: object, _attribute: Attribute[Any], value: object) -> None:
    if not callable(value):
        raise TypeError(
            f"provider must be a function that returns Credentials, not {type(value).__name__};"
            " AccessKeyAuth is for a key that does not change"
        )


@frozen
class _Given:
    key: Credentials

    def hold(self, requested: datetime) -> Held[Credentials]:
        end = self.key.expires_at or _NEVER
        return Held(self.key, renewal_time(requested, end), end)


@frozen(eq=False)
class ProviderAuth(SigningAuth):
    """Access keys (AK/SK) that a function gives. They sign each request as those of `AccessKeyAuth` do.

    The function is called before the first call, and again 5 minutes before its credentials expire, or when a tenth of
    their lifetime is left if that is less. It is also called after a 401, once a call, and the request is sent again if
    it gives others. It is called once for all callers that wait for it; blocking callers and those of each event loop
    count separately. For `connect_async` it may be asynchronous; if it is not, it runs in a worker thread.

    If it fails, the current credentials are used until they expire. After that, nothing is sent: its exception is the
    cause of a `TransportError`, unless it is itself one or an `AuthenticationError`. It is an `AuthenticationError` too
    if it returns no `Credentials` or expired ones. It is not called again for a minute after an `AuthenticationError`.
    The text of its exception may have secrets that the client does not know: the `TransportError` and the log have its
    type alone. Only the cause, which a traceback shows, has the text.

    One object may serve many clients, threads and event loops. They share its credentials.

    Attributes:
        provider: The function, without arguments.
        project_id: Project that the keys are used for. Default: the project of the connection.
        clock: Returns the time, with a time zone.

    Raises:
        TypeError: The provider is not a function, or the ID is not a str.
        ValueError: The ID is empty, or has a blank or a line break.
    """

    provider: Callable[[], Credentials | Awaitable[Credentials]] = field(repr=False, validator=_function)
    _cache: TokenCache[Credentials] = field(
        default=Factory(lambda self: TokenCache[Credentials](self.clock), takes_self=True), repr=False, kw_only=True
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets of the last 100 keys, and what the last 100 requests were signed with."""
        own = (secret for key in self._cache.known for secret in (key.secret_key, key.security_token))
        return (*filter(None, own), *super().secrets)

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request, each further attempt at it, and after a 401 once more if there is another key."""
        request.read()
        key = self._sign_now(request)
        request.extensions = {**request.extensions, SIGN_AGAIN: self._sign_now}
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.read()  # An unread answer keeps its connection, which may be the only one.
            if self._sign_now(request, rejected=key) != key:
                yield request

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign the request, each further attempt at it, and after a 401 once more if there is another key."""
        await request.aread()
        key = await self._sign_now_async(request)
        request.extensions = {**request.extensions, SIGN_AGAIN: self._sign_now_async}
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            await response.aread()
            if await self._sign_now_async(request, rejected=key) != key:
                yield request

    def _sign_now(self, request: httpx.Request, *, rejected: Credentials | None = None) -> Credentials:
        key = self._cache.get(self._fetch, rejected=rejected)
        self._sign(request, key)
        return key

    async def _sign_now_async(self, request: httpx.Request, *, rejected: Credentials | None = None) -> Credentials:
        key = await self._cache.get_async(self._fetch_async, rejected=rejected)
        self._sign(request, key)
        return key

    def _fetch(self) -> _Given:
        try:
            given = self.provider()
        except (AuthenticationError, TransportError) as error:
            scrub(Redactor(*self.secrets), error)  # it is logged, too
            raise
        except Exception as error:
            raise self._failure(error) from error
        return self._checked(given)

    async def _fetch_async(self) -> _Given:
        try:
            given: object
            if is_asynchronous(self.provider):
                given = self.provider()
            else:
                given = await to_thread.run_sync(self.provider, abandon_on_cancel=True)
            if isawaitable(given):
                given = await given
        except (AuthenticationError, TransportError) as error:
            scrub(Redactor(*self.secrets), error)  # it is logged, too
            raise
        except Exception as error:
            raise self._failure(error) from error
        return self._checked(given)

    def _checked(self, given: object) -> _Given:
        if not isinstance(given, Credentials):
            raise AuthenticationError(f"provider must return Credentials, not {type(given).__name__}")
        if given.expires_at is not None and given.expires_at <= self.clock():
            raise AuthenticationError(
                f"the credentials of provider expired at {given.expires_at}; check it, and the clock"
            )
        return _Given(given)

    def _failure(self, error: Exception) -> TransportError:
        redact = Redactor(*self.secrets)
        scrub(redact, error)
        # Its text may have secrets that are not known yet, such as those of a command.
        kind = type(error).__name__
        return TransportError(f"provider gives no credentials ({kind}); without them, the call had no effect")


def check_blocking(auth: httpx.Auth) -> None:
    """Check credentials for blocking code.

    Raises:
        TypeError: They are of an asynchronous provider.
    """
    if isinstance(auth, ProviderAuth) and is_asynchronous(auth.provider):
        raise TypeError("provider is asynchronous; use connect_async, or give a function without async")
