"""How a connection reaches a server: certificates, proxies, and what must not leave this machine in clear."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

import httpx
from drs_batch_client.runtime.checks import check_proxy
from drs_batch_client.runtime.regions import is_loopback

if TYPE_CHECKING:
    import ssl

    from drs_batch_client.runtime.settings import Settings

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")

__all__ = ["check_privacy", "proxy_for", "proxy_secrets", "ssl_context"]


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """Return one context for all pools, since loading the trusted certificates takes time."""
    if settings.verify is not True:
        return settings.verify
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        named = " and ".join(f"{name}={os.environ[name]}" for name in _CERTIFICATES if name in os.environ)
        raise ValueError(f"no trusted certificates can be read ({named or error}); set verify or correct it") from error


def check_privacy(name: str, url: str, settings: Settings) -> None:
    """Check that requests with credentials do not leave this machine in clear, unless that is asked for.

    Raises:
        ValueError: They do.
    """
    parsed = httpx.URL(url)
    if parsed.scheme == "https" or settings.plain_http:
        return
    proxy = proxy_for(settings, url) if settings.is_network else None
    if not is_loopback(parsed.host) or (proxy is not None and not is_loopback(httpx.URL(proxy).host)):
        raise ValueError(f"{name} would get the credentials in clear; give an https URL, or plain_http=True")


def proxy_secrets(settings: Settings, url: str) -> tuple[str, ...]:
    """Return the password in the URL of the proxy for a server, which the proxy may repeat."""
    try:
        proxy = proxy_for(settings, url)
    except ValueError:  # it is not used, since `connect` would have refused it
        return ()
    return () if proxy is None else (httpx.URL(proxy).password,)


def proxy_for(settings: Settings, url: str) -> str | None:
    """Return the proxy for a server. httpx reads the environment only for transports that it creates itself.

    Raises:
        ValueError: A variable of the environment is not the URL of a proxy.
    """
    if settings.proxy is not None:
        return settings.proxy
    parsed = httpx.URL(url)
    proxies = getproxies()
    name = next((name for name in (parsed.scheme, "all") if proxies.get(name)), None)
    if name is None or proxy_bypass(parsed.netloc.decode("ascii")):
        return None
    proxy = proxies[name] if "://" in proxies[name] else f"http://{proxies[name]}"
    check_proxy(f"the proxy of the environment ({name.upper()}_PROXY)", proxy)
    return proxy
