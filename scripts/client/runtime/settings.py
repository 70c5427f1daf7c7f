"""The settings of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import httpx
from attrs import field, frozen
from drs_batch_client.runtime.retries import Retries

if TYPE_CHECKING:
    import ssl

__all__ = ["TIMEOUT", "Settings"]

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""10 seconds to connect, and 60 for each part of the answer, since a time-out leaves the outcome unknown."""


@frozen(kw_only=True)
class Settings:
    """The settings of a connection; `connect` describes them.

    Attributes:
        timeout: Time limits.
        retries: When to retry a request; None for never.
        verify: An SSL context; True for the default one.
        proxy: URL of a proxy; None for that of the environment.
        transport: The transport of blocking clients; None for the network.
        async_transport: The transport of asynchronous clients; None for the network.
        http_client: The user's own blocking client, which has its own settings; None for a client with these settings.
        async_http_client: The user's own asynchronous client.
    """

    timeout: httpx.Timeout = TIMEOUT
    retries: Retries | None = field(factory=Retries)
    verify: ssl.SSLContext | Literal[True] = field(default=True, repr=False)
    proxy: str | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = field(default=None, repr=False)
    async_transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    http_client: httpx.Client | None = field(default=None, repr=False)
    async_http_client: httpx.AsyncClient | None = field(default=None, repr=False)
