"""Admission to the control interface, so that a page that is open in a browser beside the mock cannot use it.

A browser sends what any page asks it to send, so that a request from this machine proves nothing. Three checks refuse
what a page of another site can cause:

- The Host must be served: `localhost`, a loopback address or the address of the connection, with the port of the
  connection, or a host of the option --control-host. A page whose name was made to lead here, by *DNS rebinding*, has
  its own name in Host.
- `Origin` and `Sec-Fetch-Site`, which browsers set and pages cannot, must be those of a page of the mock.
- A body must be declared as application/json, which no form can do, and no script without a preflight request that the
  mock refuses.

They are not access control: each program that can connect can use the interface.

The API and IAM answer to any Host, as a real target does. A rebinding page can send them what it likes, but knows
neither a token, a key nor the ID of a batch, and so commits nothing. The default credentials and the IDs that a seed
gives are public, however: a page that guesses them commits a batch of the mock, for which nobody is billed. Who minds
sets --token and its like.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from starlette.types import Scope

__all__ = ["NamedHost", "is_loopback", "named_host", "refusal"]

NamedHost = str | ipaddress.IPv4Address | ipaddress.IPv6Address

_HOST = r"\[[0-9a-f:.]+\]|[0-9a-z_-]+(?:\.[0-9a-z_-]+)*\.?"
_AUTHORITY = re.compile(rf"({_HOST})(?::([0-9]{{1,5}}))?", re.IGNORECASE | re.ASCII)
_HTTP_PORT = 80
_SHOWN = 100


def named_host(text: str) -> NamedHost | None:
    """Return the host that a text names, equal for all of its spellings; `None` if it is not a name or an address."""
    if ":" in text:
        text = f"[{text.strip('[]').partition('%')[0]}]"
    if not re.fullmatch(_HOST, text, re.IGNORECASE | re.ASCII):
        return None
    try:
        if text.startswith("["):
            address = ipaddress.IPv6Address(text.strip("[]"))
            return address.ipv4_mapped or address
        return ipaddress.IPv4Address(socket.inet_aton(text.removesuffix(".")))  # 127.1 and 0x7f000001 as well
    except ValueError:
        return None
    except OSError:
        return text.removesuffix(".").lower()


def is_loopback(host: NamedHost) -> bool:
    """Return whether a host always is this machine."""
    return host == "localhost" if isinstance(host, str) else host.is_loopback


def refusal(scope: Scope, hosts: Collection[NamedHost | None]) -> tuple[int, str] | None:
    """Return the status and the reason with which a request to the control interface is refused, if it is.

    Args:
        scope: The ASGI scope of the request.
        hosts: The hosts that are served besides those of the connection, at any port.
    """
    host = b", ".join(_values(scope, b"host"))
    if not _is_served(host.decode("latin-1"), scope["server"] or ("", 0), hosts):
        shown = host[:_SHOWN].decode("latin-1")
        return 421, (
            f"the control interface is not served to the host {shown!r}; if that is a name of this mock, start it with "
            "--control-host"
        )
    own = b"http://" + host.lower()
    if any(origin.lower() != own for origin in _values(scope, b"origin")):
        return 403, "the control interface is not served to pages of another origin"
    if not {b"same-origin", b"none"}.issuperset(_values(scope, b"sec-fetch-site")):
        return 403, "the control interface is not served to pages of another site"
    return None


def _values(scope: Scope, name: bytes) -> Iterable[bytes]:
    return [value for key, value in scope["headers"] if key == name]


def _is_served(authority: str, server: tuple[str, int], hosts: Collection[NamedHost | None]) -> bool:
    match = _AUTHORITY.fullmatch(authority)
    host = named_host(match[1]) if match else None
    if match is None or host is None:
        return False
    address, port = server
    own = is_loopback(host) or host == named_host(address)
    return host in hosts or (own and int(match[2] or _HTTP_PORT) == port)
