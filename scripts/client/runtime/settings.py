"""How requests are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import httpx
from attrs import field, frozen
from drs_batch_client.runtime.retries import Retries

if TYPE_CHECKING:
    import ssl

__all__ = ["TIMEOUT", "Settings"]

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Ten seconds to connect and a minute for each part of the answer: whoever gives up early does not know the outcome."""


@frozen(kw_only=True)
class Settings:
    """How requests are sent; `connect` says more of each.

    Attributes:
        timeout: Time limits.
        retries: What is sent again; None for nothing.
        verify: How certificates are checked.
        proxy: URL of a proxy; None for what the environment says.
        transport: What sends the requests of blocking clients; None for the network.
        async_transport: What sends those of the others; None for the network.
        http_client: The user's own client, which has settings of its own; None for clients that have these.
        async_http_client: The same for the others.
    """

    timeout: httpx.Timeout = TIMEOUT
    retries: Retries | None = field(factory=Retries)
    verify: ssl.SSLContext | Literal[True] = field(default=True, repr=False)
    proxy: str | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = field(default=None, repr=False)
    async_transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    http_client: httpx.Client | None = field(default=None, repr=False)
    async_http_client: httpx.AsyncClient | None = field(default=None, repr=False)
