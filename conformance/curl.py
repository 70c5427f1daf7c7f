"""Requests as curl commands that run as they are printed."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from conformance.stimuli.api import COMMON_HEADERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Request

__all__ = ["commands"]


def commands(requests: Sequence[Request], *, token: str) -> str:
    """Return one curl command a line; the target and the token are read from $DRS_TARGET and $DRS_TOKEN."""
    return "\n".join(_command(request, token) for request in requests)


def _command(request: Request, token: str) -> str:
    words = ["curl", "-sS", "-i", "--path-as-is", "-X", shlex.quote(request.method)]
    words.append('"$DRS_TARGET"' + shlex.quote(request.target))
    for header in request.headers:
        if header not in COMMON_HEADERS:
            words += ["-H", _header(*header, token)]
    # curl sends a Content-Type of its own with a body, and none without.
    if request.body and not request.values("Content-Type"):
        words += ["-H", "'Content-Type:'"]
    if request.body:
        words += ["--data-binary", _octets(request.body)]
    elif request.method == "POST":
        words += ["-H", "'Content-Length: 0'"]
    return " ".join(words)


def _header(name: str, value: str, token: str) -> str:
    if value == token:
        return f'"{name}: $DRS_TOKEN"'
    # A header without a value is written with a semicolon, or else curl takes it as one to leave out.
    return shlex.quote(f"{name}: {value}" if value else f"{name};")


def _octets(body: bytes) -> str:
    if body.isascii() and body.decode().isprintable():
        return shlex.quote(body.decode())
    return "$'" + "".join(f"\\x{octet:02x}" for octet in body) + "'"
