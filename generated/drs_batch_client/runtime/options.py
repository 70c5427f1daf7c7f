"""The types of the optional arguments of `connect` and `connect_async`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import httpx
    from drs_batch_client.runtime.retries import Retries

__all__ = ["AsyncOptions", "Options", "SharedOptions"]


class SharedOptions(TypedDict, total=False):
    """The options of both; see `connect`."""

    timeout: float | httpx.Timeout
    deadline: float
    retries: Retries | None
    validate: bool
    verify: ssl.SSLContext | Literal[True]
    proxy: str | None
    user_agent: str
    plain_http: bool


class Options(SharedOptions, total=False):
    """The options of `connect`."""

    event_hooks: Mapping[str, Sequence[Callable[..., Any]]] | None
    transport: httpx.BaseTransport | None
    http_client: httpx.Client | None


class AsyncOptions(SharedOptions, total=False):
    """The options of `connect_async`."""

    event_hooks: Mapping[str, Sequence[Callable[..., Awaitable[Any]]]] | None
    transport: httpx.AsyncBaseTransport | None
    http_client: httpx.AsyncClient | None
