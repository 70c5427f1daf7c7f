"""The way in: `connect` for blocking code, `connect_async` for asyncio and trio."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import httpx
from attrs import frozen
from drs_batch_client.client import Client
from drs_batch_client.runtime.auth import ProjectAuth
from drs_batch_client.runtime.client import AsyncDrsClient, DrsClient
from drs_batch_client.runtime.cookies import NoCookies
from drs_batch_client.runtime.operations import Project, checked
from drs_batch_client.runtime.regions import checked_url, endpoint, iam_endpoint
from drs_batch_client.runtime.retries import Retries
from drs_batch_client.runtime.settings import TIMEOUT, Settings
from drs_batch_client.runtime.transports import async_transport, sync_transport
from drs_batch_client.spec import VERSION, Region

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from drs_batch_client.runtime.options import AsyncOptions, Options
    from typing_extensions import Unpack

__all__ = ["USER_AGENT", "connect", "connect_async"]

USER_AGENT: Final = (
    f"drs-batch-client/{VERSION} {httpx.__name__}/{httpx.__version__} Python/{platform.python_version()}"
)
"""What the client calls itself unless told otherwise."""

_RETRIES: Final = Retries()


@overload
def connect(*, region: Region, project_id: str, auth: httpx.Auth, **options: Unpack[Options]) -> DrsClient: ...
@overload
def connect(*, base_url: str, project_id: str, auth: httpx.Auth, **options: Unpack[Options]) -> DrsClient: ...
def connect(
    *,
    region: Region | None = None,
    base_url: str | None = None,
    project_id: str,
    auth: httpx.Auth,
    timeout: float | httpx.Timeout = TIMEOUT,
    retries: Retries | None = _RETRIES,
    validate: bool = False,
    verify: ssl.SSLContext | Literal[True] = True,
    proxy: str | None = None,
    event_hooks: Mapping[str, Sequence[Callable[..., Any]]] | None = None,
    user_agent: str = USER_AGENT,
    transport: httpx.BaseTransport | None = None,
    http_client: httpx.Client | None = None,
) -> DrsClient:
    """Return a client of one project, for blocking code; nothing is sent yet.

    Args:
        region: The region that the project belongs to; or give `base_url`.
        base_url: Where the service is, such as `https://drs.cn-north-4.myhuaweicloud.com`, with a path or without.
        project_id: ID of the project.
        auth: `TokenAuth`, `PasswordAuth`, `AccessKeyAuth`, or any `httpx.Auth`.
        timeout: Seconds to connect, and for each part of the answer; 10 and 60 unless given.
        retries: What is sent again, of what certainly had no effect; None for nothing.
        validate: Whether to warn, by a `DeviationWarning` each, of what in an answer breaks the documented limits.
        verify: How certificates are checked: an SSL context for certificates of your own.
        proxy: URL of a proxy; what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say unless given.
        event_hooks: Functions to be called with each `request` and each `response` of the service, as httpx has them;
            a request has its credentials in its headers by then.
        user_agent: Value of the header User-Agent.
        transport: What sends the requests instead of the network, such as `httpx.MockTransport`; retries go around it.
        http_client: A client of your own, used as it is: it has its own time limits, retries, certificates, proxy and
            hooks, and you close it. `PasswordAuth` asks IAM by it too.

    Raises:
        ValueError: An argument is wrong, or two contradict each other; the message names them.
    """
    if http_client is not None:
        _alone(timeout=timeout, retries=retries, verify=verify, proxy=proxy, event_hooks=event_hooks,
               user_agent=user_agent, transport=transport)  # fmt: skip
    settings = Settings(
        timeout=_timeout(timeout),
        retries=retries,
        verify=verify,
        proxy=proxy,
        transport=transport,
        http_client=http_client,
    )
    place = _placed(region, base_url, project_id, auth, settings)
    http = http_client or httpx.Client(
        base_url=place.base_url,
        auth=place.auth,
        transport=sync_transport(settings, place.base_url),
        timeout=settings.timeout,
        headers=_headers(user_agent),
        cookies=NoCookies(),
        event_hooks=_hooks(event_hooks),
    )
    generated = Client(base_url=place.base_url).set_httpx_client(http)
    return DrsClient(place.project(generated, validate=validate), http, owned=http_client is None)


@overload
def connect_async(
    *, region: Region, project_id: str, auth: httpx.Auth, **options: Unpack[AsyncOptions]
) -> AsyncDrsClient: ...
@overload
def connect_async(
    *, base_url: str, project_id: str, auth: httpx.Auth, **options: Unpack[AsyncOptions]
) -> AsyncDrsClient: ...
def connect_async(
    *,
    region: Region | None = None,
    base_url: str | None = None,
    project_id: str,
    auth: httpx.Auth,
    timeout: float | httpx.Timeout = TIMEOUT,
    retries: Retries | None = _RETRIES,
    validate: bool = False,
    verify: ssl.SSLContext | Literal[True] = True,
    proxy: str | None = None,
    event_hooks: Mapping[str, Sequence[Callable[..., Awaitable[Any]]]] | None = None,
    user_agent: str = USER_AGENT,
    transport: httpx.AsyncBaseTransport | None = None,
    http_client: httpx.AsyncClient | None = None,
) -> AsyncDrsClient:
    """Return a client of one project, for asyncio and trio; nothing is sent yet.

    The arguments are those of `connect`; hooks, transport and client are of the asynchronous kind.

    Raises:
        ValueError: An argument is wrong, or two contradict each other; the message names them.
    """
    if http_client is not None:
        _alone(timeout=timeout, retries=retries, verify=verify, proxy=proxy, event_hooks=event_hooks,
               user_agent=user_agent, transport=transport)  # fmt: skip
    settings = Settings(
        timeout=_timeout(timeout),
        retries=retries,
        verify=verify,
        proxy=proxy,
        async_transport=transport,
        async_http_client=http_client,
    )
    place = _placed(region, base_url, project_id, auth, settings)
    http = http_client or httpx.AsyncClient(
        base_url=place.base_url,
        auth=place.auth,
        transport=async_transport(settings, place.base_url),
        timeout=settings.timeout,
        headers=_headers(user_agent),
        cookies=NoCookies(),
        event_hooks=_hooks(event_hooks),
    )
    generated = Client(base_url=place.base_url).set_async_httpx_client(http)
    return AsyncDrsClient(place.project(generated, validate=validate), http, owned=http_client is None)


@frozen
class _Place:
    """Where the service is, for which project, and who asks."""

    base_url: str
    project_id: str
    auth: httpx.Auth

    def project(self, generated: Client, *, validate: bool) -> Project:
        return Project(
            project_id=self.project_id,
            base_url=self.base_url,
            auth=self.auth,
            validate=validate,
            generated=generated,
        )


def _placed(region: str | None, base_url: str | None, project_id: str, auth: httpx.Auth, settings: Settings) -> _Place:
    if (region is None) == (base_url is None):
        raise ValueError("give either region or base_url")
    checked("project_id", project_id)
    url = endpoint(region) if region is not None else checked_url("base_url", base_url or "")
    if not isinstance(auth, httpx.Auth):  # pyright: ignore[reportUnnecessaryIsInstance] - not everybody checks types
        raise TypeError("auth must be TokenAuth, PasswordAuth, AccessKeyAuth, or another httpx.Auth")
    scoped = auth.scoped(project_id, iam_endpoint(url), settings) if isinstance(auth, ProjectAuth) else auth
    return _Place(url, project_id, scoped)


def _timeout(timeout: float | httpx.Timeout) -> httpx.Timeout:
    return timeout if isinstance(timeout, httpx.Timeout) else httpx.Timeout(timeout)


def _headers(user_agent: str) -> dict[str, str]:
    if not user_agent.isascii() or not user_agent.isprintable():
        raise ValueError("user_agent must be printable ASCII, on one line")
    return {"Accept": "application/json", "User-Agent": user_agent}


def _hooks(event_hooks: Mapping[str, Sequence[Callable[..., Any]]] | None) -> dict[str, list[Callable[..., Any]]]:
    return {name: list(hooks) for name, hooks in (event_hooks or {}).items()}


def _alone(**given: object) -> None:
    """Refuse what a client of the user's own would not take notice of."""
    defaults = {"timeout": TIMEOUT, "retries": _RETRIES, "verify": True, "user_agent": USER_AGENT}
    vain = [name for name, value in given.items() if value is not defaults.get(name)]
    if vain:
        raise ValueError(f"http_client is used as it is; set {', '.join(vain)} on it instead")
