"""The function that connects to a service, for asyncio and trio: `connect_async`."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import httpx
from drs_batch_client.client import Client
from drs_batch_client.runtime.aio.client import AsyncDrsClient
from drs_batch_client.runtime.aio.transports import retrying_async
from drs_batch_client.runtime.auth import ProjectAuth
from drs_batch_client.runtime.checks import check_bool, check_hooks, check_number, check_user_agent
from drs_batch_client.runtime.cookies import NoCookies
from drs_batch_client.runtime.deadlines import DEADLINE, SHORTEST
from drs_batch_client.runtime.delivery import Delivery
from drs_batch_client.runtime.logs import hide_headers_in_logs
from drs_batch_client.runtime.network import check_privacy, proxy_secrets
from drs_batch_client.runtime.operations import Project, checked
from drs_batch_client.runtime.provider import check_auth
from drs_batch_client.runtime.regions import checked_url, endpoint, iam_endpoint
from drs_batch_client.runtime.retries import Retries
from drs_batch_client.runtime.settings import TIMEOUT, Settings, checked_timeout
from drs_batch_client.spec import VERSION, Region

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import TypedDict, Unpack

    _Hook = Callable[..., Awaitable[Any]]

    class AsyncOptions(TypedDict, total=False):
        """The options of `connect_async`."""

        timeout: float | httpx.Timeout
        deadline: float
        retries: Retries | None
        validate: bool
        verify: ssl.SSLContext | Literal[True]
        proxy: str | None
        event_hooks: Mapping[str, Sequence[_Hook]] | None
        user_agent: str
        transport: httpx.AsyncBaseTransport | None
        http_client: httpx.AsyncClient | None
        plain_http: bool


__all__ = ["USER_AGENT", "connect_async"]

USER_AGENT: Final = (
    f"drs-batch-client/{VERSION} {httpx.__name__}/{httpx.__version__} Python/{platform.python_version()}"
)
"""The default of the User-Agent header."""

_RETRIES: Final = Retries()


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
    deadline: float = DEADLINE,
    retries: Retries | None = _RETRIES,
    validate: bool = False,
    verify: ssl.SSLContext | Literal[True] = True,
    proxy: str | None = None,
    event_hooks: Mapping[str, Sequence[_Hook]] | None = None,
    user_agent: str = USER_AGENT,
    transport: httpx.AsyncBaseTransport | None = None,
    http_client: httpx.AsyncClient | None = None,
    plain_http: bool = False,
) -> AsyncDrsClient:
    """Return a client of one project, for asyncio and trio. Nothing is sent yet.

    Args:
        region: The region that the project belongs to. Give either this or `base_url`.
        base_url: URL of the service, such as `https://drs.cn-north-4.myhuaweicloud.com`. It may have a path.
        project_id: ID of the project.
        auth: `TokenAuth`, `PasswordAuth`, `AccessKeyAuth`, `ProviderAuth`, or any `httpx.Auth`.
        timeout: Seconds to connect, and for each part of the answer. Default: 10 to connect, 60 for each part.
        deadline: Seconds for each call as a whole: all attempts, the pauses between them, requests to IAM, and reading
            the answer. In blocking code, neither a hook, a provider nor the operating system while it looks up a name
            is interrupted, and each address of a host gets the time that is left then.
        retries: When to retry a request that was certainly not processed; None for never.
        validate: Whether to issue a `DeviationWarning` for each documented limit that an answer violates. If a filter
            makes it an error, that is raised for a rejection alone, and otherwise logged: it would hide the result.
        verify: An SSL context, for your own certificates.
        proxy: URL of a proxy. Default: as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say.
        event_hooks: The event hooks of httpx, called for each `request` and each `response` of the service. The headers
            of a request have the credentials by then. If a hook of a request fails, nothing is sent. What a hook of a
            response raises is the cause of an `OutcomeUnknownError`, or of the error for a 401, a 429 or a 503 of the
            gateway. After `raise_for_status` the answer is read.
        user_agent: Value of the User-Agent header.
        transport: A transport to use instead of the network, such as `httpx.MockTransport`, with the same retries. It
            has its own certificates and proxy.
        http_client: Your own client, used unchanged: its own time limits, retries, certificates, proxy and hooks apply,
            its headers, parameters and cookies are sent as well, and you close it. `PasswordAuth` uses it too, for its
            requests to IAM. The README says what the client does not guarantee then.
        plain_http: Whether to send the credentials to `http` URLs of other machines. Anybody on the way can read them.

    Raises:
        TypeError: An argument has the wrong type; the message names it.
        ValueError: An argument is invalid, or two contradict each other; the message names them.
    """
    if http_client is not None:
        _reject_options(timeout=timeout, retries=retries, verify=verify, proxy=proxy, event_hooks=event_hooks,
               user_agent=user_agent, transport=transport)  # fmt: skip
    check_bool("validate", validate)
    check_number("deadline", deadline, least=SHORTEST)
    settings = Settings(
        timeout=checked_timeout(timeout),
        retries=retries,
        verify=verify,
        proxy=proxy,
        async_transport=transport,
        async_http_client=http_client,
        plain_http=plain_http,
    )
    if (region is None) == (base_url is None):
        raise ValueError("give either region or base_url")
    checked("project_id", project_id)
    url = endpoint(region) if region is not None else checked_url("base_url", base_url)
    check_auth(auth, asynchronous=True)
    check_privacy("base_url", url, settings)
    hide_headers_in_logs()
    project = Project(
        project_id=project_id,
        base_url=url,
        auth=auth.scoped(project_id, iam_endpoint(url), settings) if isinstance(auth, ProjectAuth) else auth,
        secrets=proxy_secrets(settings, url),
        validate=validate,
        deadline=deadline,
        generated=Client(base_url=url),
    )
    http = http_client or httpx.AsyncClient(
        base_url=url,
        auth=project.auth,
        transport=retrying_async(settings, url),
        timeout=settings.timeout,
        headers=_headers(user_agent),
        cookies=NoCookies(),
        event_hooks=_hooks(event_hooks),
    )
    project.generated.set_async_httpx_client(http)
    return AsyncDrsClient(project, http, owned=http_client is None, home=settings.home())


def _headers(user_agent: str) -> dict[str, str]:
    check_user_agent(user_agent)
    return {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": user_agent}


def _hooks(event_hooks: Mapping[str, Sequence[_Hook]] | None) -> dict[str, list[_Hook]]:
    if event_hooks is None:
        return {}
    check_hooks("event_hooks", event_hooks, asynchronous=True)
    return {
        "request": [*event_hooks.get("request", ())],
        "response": [*map(_tolerant_async, event_hooks.get("response", ()))],
    }


def _tolerant_async(hook: _Hook) -> _Hook:
    """Return a hook whose error is passed over if it shows the answer to a call, which is then read."""

    async def run(response: httpx.Response) -> None:
        try:
            await hook(response)
        except httpx.HTTPStatusError as error:
            if error.response is not response or Delivery.of(response.request) is None:
                raise

    return run


def _reject_options(**given: object) -> None:
    """Reject the options that do not apply to the user's own client."""
    defaults = {"timeout": TIMEOUT, "retries": _RETRIES, "verify": True, "user_agent": USER_AGENT}
    ignored = [name for name, value in given.items() if value is not defaults.get(name)]
    if ignored:
        raise ValueError(f"http_client is used unchanged; set {', '.join(ignored)} on it instead")
