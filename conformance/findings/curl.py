"""Requests as curl commands that run as printed."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from conformance.exchange.tokens import near_misses
from conformance.target.session import COMMON_HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.exchange.exchange import Request

__all__ = ["commands"]


def commands(requests: Sequence[Request], *, tokens: Sequence[str]) -> str:
    """Return one curl command per line, with $DRS_TARGET and $DRS_TOKEN for the target and the token."""
    words: dict[str, str] = {}
    for token in tokens:
        words |= {**near_misses(token), **words, token: "$DRS_TOKEN"}
    return "\n".join(_command(request, words) for request in requests)


def _command(request: Request, tokens: Mapping[str, str]) -> str:
    words = ["curl", "-sS", "-i", "--path-as-is", "-X", shlex.quote(request.method)]
    words.append('"$DRS_TARGET"' + shlex.quote(request.target))
    for header in request.headers:
        if header not in COMMON_HEADERS:
            words += ["-H", _header(*header, tokens)]
    if not request.body:
        return " ".join([*words, "-H", "'Content-Length: 0'"] if request.method == "POST" else words)
    # With a body, curl adds a Content-Type unless this option removes it.
    if not request.values("Content-Type"):
        words += ["-H", "'Content-Type:'"]
    if request.body.isascii() and request.body.decode().isprintable():
        return " ".join([*words, "--data-raw", shlex.quote(request.body.decode())])
    octets = "".join(f"\\{octet:03o}" for octet in request.body)
    return " ".join(["printf", shlex.quote(octets), "|", *words, "--data-binary", "@-"])


def _header(name: str, value: str, tokens: Mapping[str, str]) -> str:
    if name.lower() == "x-auth-token" and value in tokens:
        return f'"{name}: {tokens[value]}"'
    # curl sends a header without a value only if a semicolon follows its name; with a colon, it removes the header.
    return shlex.quote(f"{name}: {value}" if value else f"{name};")
