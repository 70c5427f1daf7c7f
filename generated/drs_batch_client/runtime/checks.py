"""Checks of the options of `connect` and `connect_async`. An error names the option, and says what to give instead."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, cast

import httpx

__all__ = [
    "check_attempts",
    "check_bool",
    "check_client",
    "check_hooks",
    "check_kind",
    "check_number",
    "check_proxy",
    "check_transport",
    "check_user_agent",
    "check_verify",
    "has_address",
    "is_asynchronous",
]

_LONGEST = 1_000_000
"""Seconds. Selectors count milliseconds in 32 bits."""

_OTHER = "; asynchronous ones are for connect_async, blocking ones for connect"

_LAST_PORT = 65535

_PROXIES = ("http", "https", "socks5", "socks5h")


def check_attempts(value: object) -> None:
    """Check a number of attempts.

    Raises:
        TypeError: It is not an int.
        ValueError: It is less than 1.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"attempts must be an int, {_given(value)}")
    if value < 1:
        raise ValueError(f"attempts must be 1 or more, not {value}")


def check_bool(name: str, value: object) -> None:
    """Check a switch.

    Raises:
        TypeError: It is not a bool.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, {_given(value)}")


def check_number(name: str, value: object, *, least: float = 0.0) -> None:
    """Check a number of seconds.

    Raises:
        TypeError: It is not a number.
        ValueError: It is out of range.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not least <= value <= _LONGEST:  # nor is NaN
        raise ValueError(f"{name} must be {least:g} to {_LONGEST} seconds, not {value}")


def has_address(url: httpx.URL) -> bool:
    """Return whether a URL has a host and port that can be looked up."""
    try:
        url.host.encode("idna")
    except UnicodeError:
        return False
    is_encoded = "%" in url.host and ":" not in url.host
    return url.host != "" and not is_encoded and (url.port is None or 0 < url.port <= _LAST_PORT)


def check_kind(name: str, value: object, kind: type, remedy: str = "") -> None:
    """Check the type of an option that may be None.

    Raises:
        TypeError: It is of another type.
    """
    if value is not None and not isinstance(value, kind):
        module = kind.__module__.partition(".")[0]
        place = f"{module}." if module == httpx.__name__ else ""
        raise TypeError(f"{name} must be {place}{kind.__name__}, {_given(value)}{remedy}")


def check_transport(transport: object, kind: type) -> None:
    """Check a transport of the user, and the handler of a mock for blocking code.

    Raises:
        TypeError: It is of the wrong kind.
    """
    check_kind("transport", transport, kind, _OTHER)
    if (
        kind is httpx.BaseTransport
        and isinstance(transport, httpx.MockTransport)
        and is_asynchronous(transport.handler)
    ):
        raise TypeError("transport has an asynchronous handler; give it a blocking one, or use connect_async")


def check_client(client: httpx.Client | httpx.AsyncClient | None, kind: type) -> None:
    """Check a client of the user, and its event hooks.

    Raises:
        TypeError: It or a hook is of the wrong kind.
        ValueError: It is closed.
    """
    check_kind("http_client", client, kind, _OTHER)
    if client is not None:
        if client.is_closed:
            raise ValueError("http_client is closed; give an open one")
        check_hooks("event_hooks of http_client", client.event_hooks, asynchronous=kind is httpx.AsyncClient)


def check_hooks(name: str, hooks: object, *, asynchronous: bool) -> None:
    """Check event hooks, which must be coroutine functions for `connect_async`, and usual ones for `connect`.

    Raises:
        TypeError: They are not a mapping of sequences of such functions.
        ValueError: They are for an unknown event.
    """
    if not isinstance(hooks, Mapping):
        raise TypeError(f'{name} must be a dict such as {{"request": [hook]}}, {_given(hooks)}')
    for event, functions in cast("Mapping[object, object]", hooks).items():
        if event not in ("request", "response"):
            raise ValueError(f"{name} must be for 'request' or 'response', not {event!r}")
        if not isinstance(functions, Sequence) or isinstance(functions, (str, bytes)):
            raise TypeError(f"{name} must have a list of functions for {event!r}, {_given(functions)}")
        for function in cast("Sequence[object]", functions):
            if not callable(function):
                raise TypeError(f"{name} must have functions for {event!r}, {_given(function)}")
            if is_asynchronous(function) is not asynchronous:
                fitting = "an async def for connect_async" if asynchronous else "a def without async for connect"
                raise TypeError(f"{name} must have functions of the right kind for {event!r}; write {fitting}")


def check_proxy(name: str, url: object) -> None:
    """Check the URL of a proxy, which may have a password and is not shown.

    Raises:
        TypeError: It is not a str.
        ValueError: It is not the URL of a proxy, or a package for such proxies is missing.
    """
    if not isinstance(url, str):
        raise TypeError(f"{name} must be a str, {_given(url)}")
    try:
        parsed = httpx.URL(url)
        httpx.Proxy(url)
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL()
    if parsed.scheme not in _PROXIES or not has_address(parsed):
        raise ValueError(f"{name} must be a URL like http://proxy.example:3128, with {', '.join(_PROXIES)} as scheme")
    if parsed.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ValueError(f"{name} is a SOCKS proxy, for which socksio is needed; install {httpx.__name__}[socks]")


def check_user_agent(value: object) -> None:
    """Check the value of the User-Agent header.

    Raises:
        TypeError: It is not a str.
        ValueError: A header cannot have it.
    """
    if not isinstance(value, str):
        raise TypeError(f"user_agent must be a str, {_given(value)}")
    if not value.isascii() or not value.isprintable() or not value or value != value.strip():
        raise ValueError("user_agent must be printable ASCII, on one line, without blanks at its ends")


def check_verify(verify: object) -> None:
    """Check what verifies certificates.

    Raises:
        TypeError: It has the wrong type.
        ValueError: It verifies nothing, or is for servers.
    """
    remedy = "give an ssl.SSLContext, such as ssl.create_default_context(cafile=...), or True"
    if not isinstance(verify, (ssl.SSLContext, bool)):
        raise TypeError(f"verify must be an ssl.SSLContext or True, {_given(verify)}; {remedy}")
    if verify is False:
        raise ValueError(f"verify must not be False, since anybody could read the credentials; {remedy}")
    if isinstance(verify, ssl.SSLContext) and verify.protocol == ssl.PROTOCOL_TLS_SERVER:
        raise ValueError(f"verify must be a context for clients, not for servers; {remedy}")


def is_asynchronous(function: Any) -> bool:  # noqa: ANN401 - callers may not check types
    """Return whether a function, or an object that is called like one, is a coroutine function."""
    return any(map(inspect.iscoroutinefunction, (function, getattr(function, "__call__", None))))  # noqa: B004 - of its class


def _given(value: object) -> str:
    return f"not {value.__name__ if isinstance(value, type) else type(value).__name__}"
