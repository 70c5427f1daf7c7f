"""The settings of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import httpx
from attrs import field, frozen
from drs_batch_client.runtime.checks import (
    check_bool,
    check_client,
    check_kind,
    check_number,
    check_proxy,
    check_transport,
    check_verify,
)
from drs_batch_client.runtime.deadlines import SHORTEST
from drs_batch_client.runtime.homes import Home
from drs_batch_client.runtime.retries import Retries

if TYPE_CHECKING:
    import ssl

__all__ = ["TIMEOUT", "Settings", "checked_timeout"]

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""10 seconds to connect, and 60 for each part of the answer, since a time-out leaves the outcome unknown."""


def checked_timeout(timeout: float | httpx.Timeout) -> httpx.Timeout:
    """Return the time limits of a request.

    Raises:
        TypeError: They are not numbers.
        ValueError: One is out of range.
    """
    if not isinstance(timeout, httpx.Timeout):
        check_number("timeout", timeout, least=SHORTEST)
        return httpx.Timeout(timeout)
    for part, seconds in timeout.as_dict().items():
        if seconds is not None:
            check_number(f"timeout ({part})", seconds, least=SHORTEST)
    return timeout


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
        plain_http: Whether credentials may be sent over plain HTTP to other machines.

    Raises:
        TypeError: A setting is of the wrong type.
        ValueError: A setting has a wrong value, or would be ignored.
    """

    timeout: httpx.Timeout = TIMEOUT
    retries: Retries | None = field(factory=Retries)
    verify: ssl.SSLContext | Literal[True] = field(default=True, repr=False)
    proxy: str | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = field(default=None, repr=False)
    async_transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    http_client: httpx.Client | None = field(default=None, repr=False)
    async_http_client: httpx.AsyncClient | None = field(default=None, repr=False)
    plain_http: bool = False

    def __attrs_post_init__(self) -> None:
        """Check the settings."""
        checked_timeout(self.timeout)
        check_kind("retries", self.retries, Retries, "; give Retries(attempts=...), or None for no retries")
        check_bool("plain_http", self.plain_http)
        check_verify(self.verify)
        if self.proxy is not None:
            check_proxy("proxy", self.proxy)
        check_transport(self.transport, httpx.BaseTransport)
        check_transport(self.async_transport, httpx.AsyncBaseTransport)
        check_client(self.http_client, httpx.Client)
        check_client(self.async_http_client, httpx.AsyncClient)
        ignored = {"verify": self.verify is not True, "proxy": self.proxy is not None}
        if any(ignored.values()) and (self.transport is not None or self.async_transport is not None):
            names = ", ".join(name for name, given in ignored.items() if given)
            raise ValueError(f"transport is used instead of the network; set {names} on it instead")

    def home(self) -> Home | None:
        """Return where connections of the user can be used; None if there are none."""
        if self.http_client is not None or self.async_http_client is not None:
            return Home("http_client")
        own = self.transport or self.async_transport
        return None if own is None or isinstance(own, httpx.MockTransport) else Home("transport")

    @property
    def is_network(self) -> bool:
        """Whether requests are sent by transports of the client itself."""
        own = (self.transport, self.async_transport, self.http_client, self.async_http_client)
        return all(value is None for value in own)
