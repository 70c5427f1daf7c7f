"""The transports of a connection: the network or the user's own transport, with retries."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx
from drs_batch_client.runtime.pools import LIMITS, AsyncPools, Pools
from drs_batch_client.runtime.retries import AsyncRetryTransport, Retries, RetryTransport

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Generator

    from drs_batch_client.runtime.settings import Settings

__all__ = ["async_transport", "borrowed_async_client", "borrowed_client", "proxy_secrets", "sync_transport"]

_ONCE = Retries(attempts=1)


def sync_transport(settings: Settings, url: str) -> httpx.BaseTransport:
    """Return the transport for requests to a server."""
    transport = settings.transport
    if transport is None:
        verify, proxy = _context(settings), _proxy(settings, url)
        transport = Pools(lambda: httpx.HTTPTransport(verify=verify, limits=LIMITS, proxy=proxy))
    return RetryTransport(transport, settings.retries or _ONCE)


def async_transport(settings: Settings, url: str) -> httpx.AsyncBaseTransport:
    """Return the transport for requests to a server, for asyncio and trio."""
    transport = settings.async_transport
    if transport is None:
        verify, proxy = _context(settings), _proxy(settings, url)
        transport = AsyncPools(lambda: httpx.AsyncHTTPTransport(verify=verify, limits=LIMITS, proxy=proxy))
    return AsyncRetryTransport(transport, settings.retries or _ONCE)


@contextmanager
def borrowed_client(settings: Settings, url: str) -> Generator[httpx.Client, None, None]:
    """Provide a client for requests besides the calls; the user's own client or transport stays open."""
    if settings.http_client is not None:
        yield settings.http_client
        return
    client = httpx.Client(transport=sync_transport(settings, url), timeout=settings.timeout)
    try:
        yield client
    finally:
        if settings.transport is None:
            client.close()


@asynccontextmanager
async def borrowed_async_client(settings: Settings, url: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    """Provide a client for requests besides the calls, for asyncio and trio."""
    if settings.async_http_client is not None:
        yield settings.async_http_client
        return
    client = httpx.AsyncClient(transport=async_transport(settings, url), timeout=settings.timeout)
    try:
        yield client
    finally:
        if settings.async_transport is None:
            await client.aclose()


def _context(settings: Settings) -> ssl.SSLContext:
    """Return one context for all pools, since loading the trusted certificates takes time."""
    return httpx.create_ssl_context() if settings.verify is True else settings.verify


def proxy_secrets(settings: Settings, url: str) -> tuple[str, ...]:
    """Return the password in the URL of the proxy for a server, which the proxy may repeat."""
    proxy = _proxy(settings, url)
    try:
        return () if proxy is None else (httpx.URL(proxy).password,)
    except httpx.InvalidURL:  # raised again when the proxy is used
        return ()


def _proxy(settings: Settings, url: str) -> str | None:
    """Return the proxy for a server. httpx reads the environment only for transports that it creates itself."""
    if settings.proxy is not None:
        return settings.proxy
    parsed = httpx.URL(url)
    proxies = getproxies()
    proxy = proxies.get(parsed.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parsed.netloc.decode("ascii")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
