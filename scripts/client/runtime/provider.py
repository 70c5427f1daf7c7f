"""Access keys that a function gives, as `httpx.Auth`. They are renewed."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
from attrs import Attribute, Factory, field, frozen
from drs_batch_client.runtime.auth import SigningAuth
from drs_batch_client.runtime.causes import scrub
from drs_batch_client.runtime.checks import is_asynchronous
from drs_batch_client.runtime.credentials import Credentials
from drs_batch_client.runtime.errors import AuthenticationError, TransportError
from drs_batch_client.runtime.iam import Held, renewal_time
from drs_batch_client.runtime.primitives import called, called_async
from drs_batch_client.runtime.redaction import Redactor
from drs_batch_client.runtime.tokens import BothRenewedAuth, TokenCache

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

__all__ = ["ProviderAuth", "check_auth"]

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
class ProviderAuth(BothRenewedAuth[Credentials], SigningAuth):
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
    _keys: TokenCache[Credentials] = field(
        default=Factory(lambda self: TokenCache[Credentials](self.clock), takes_self=True), repr=False, kw_only=True
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets of the last 100 keys, and what the last 100 requests were signed with."""
        own = (secret for key in self._keys.known for secret in (key.secret_key, key.security_token))
        return (*filter(None, own), *super().secrets)

    _signs = True

    @property
    def _cache(self) -> TokenCache[Credentials]:
        return self._keys

    def _add(self, request: httpx.Request, token: Credentials) -> None:
        self._sign(request, token)

    def _fetch(self) -> _Given:
        with self._reporting():
            given = called(self.provider)
        return self._checked(given)

    async def _fetch_async(self) -> _Given:
        with self._reporting():
            given = await called_async(self.provider)
        return self._checked(given)

    @contextmanager
    def _reporting(self) -> Generator[None, None, None]:
        """Raise a `TransportError` for any other error than one of those that may be raised for a call."""
        try:
            yield
        except Exception as error:
            scrub(Redactor(*self.secrets), error)
            if isinstance(error, (AuthenticationError, TransportError)):
                raise
            # Its text may have secrets that are not known yet, such as those of a command.
            kind = type(error).__name__
            raise TransportError(
                f"provider gives no credentials ({kind}); without them, the call had no effect"
            ) from error

    def _checked(self, given: object) -> _Given:
        if not isinstance(given, Credentials):
            raise AuthenticationError(f"provider must return Credentials, not {type(given).__name__}")
        if given.expires_at is not None and given.expires_at <= self.clock():
            raise AuthenticationError(
                f"the credentials of provider expired at {given.expires_at}; check it, and the clock"
            )
        return _Given(given)


def check_auth(auth: object, *, asynchronous: bool) -> None:
    """Check credentials.

    Raises:
        TypeError: They are not an `httpx.Auth`, or the provider is asynchronous and the code is not.
    """
    if not isinstance(auth, httpx.Auth):
        raise TypeError("auth must be TokenAuth, PasswordAuth, AccessKeyAuth, ProviderAuth, or another httpx.Auth")
    if not asynchronous and isinstance(auth, ProviderAuth) and is_asynchronous(auth.provider):
        raise TypeError("provider is asynchronous; use connect_async, or give a function without async")
