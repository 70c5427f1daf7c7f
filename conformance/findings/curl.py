"""Requests as curl commands that run as printed."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange.exchange import Form
from conformance.exchange.tokens import near_misses
from conformance.target.session import COMMON_HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.exchange.exchange import Request

__all__ = ["commands"]


def commands(requests: Sequence[Request], *, tokens: Sequence[str], others: Mapping[str, str] | None = None) -> str:
    """Return one curl command per line, with $DRS_TARGET and $DRS_TOKEN for the target and the token.

    One of `others`, tokens by the option that gives each, stands as the variable of that option if it is a secret.

    The token is not an argument of a process, since process lists show those. `printf`, which is built into the shell,
    writes it to curl's configuration, as curl has read it from standard input since long before `-H @-`.
    """
    words: dict[str, str] = {}
    for token in tokens:
        words |= {**near_misses(token), **words, token: "$DRS_TOKEN"}
    for option, token in (others or {}).items():
        if token in tokens:
            words[token] = f"$DRS_{option.replace('-', '_').upper()}"
    return "\n".join(_command(request, words) for request in requests)


def _command(request: Request, tokens: Mapping[str, str]) -> str:
    words = ["curl", "-sS", "-i", "--globoff", "--path-as-is", "-X", shlex.quote(request.method)]
    url, form = '"$DRS_TARGET"' + shlex.quote(request.target), request.form or Form()
    words += [url, "--request-target", url] if form.absolute else [url]
    words += ["--http1.0"] if form.version == "1.0" else []
    # curl sends neither extensions of chunks nor trailers, and no head in parts.
    request = replace(request, headers=request.headers[: len(request.headers) - form.trailing])
    chunked = form.framing in ("chunked", "annotated")
    words += ["-H", "'Transfer-Encoding: chunked'"] if chunked else []
    secret = [
        header for header in request.headers if header[0].lower() == "x-auth-token" and header[1].strip() in tokens
    ]
    body = request.body.decode() if request.body.isascii() else "\0"
    piped = not body.isprintable()
    if secret:
        words += ["-K", "/dev/fd/3" if piped else "-"]
    for header in request.headers:
        if header not in (*secret, *COMMON_HEADERS):
            words += ["-H", _header(*header)]
    if not body and request.method == "POST" and form.framing == "length":
        words += ["-H", "'Content-Length: 0'"]
    # With a body, curl adds a Content-Type unless this option removes it.
    if (body or chunked) and not request.values("Content-Type"):
        words += ["-H", "'Content-Type:'"]
    if body or chunked:
        words += ["--data-binary", "@-"] if piped else ["--data-raw", shlex.quote(body)]
    command = " ".join(words)
    if piped:
        octets = "".join(f"\\{octet:03o}" for octet in request.body)
        command = f"printf {shlex.quote(octets)} | {command}"
    if not secret:
        return command
    # Unquoted, a value of curl's configuration ends at a blank, and none of its characters is an escape.
    lines = "".join(f"header = {name}:%s\\n" for name, _ in secret)
    values = " ".join(f'"{tokens[value.strip()]}"' for _, value in secret)
    return f"printf '{lines}' {values} | " + (f"{{ {command}; }} 3<&0" if piped else command)


def _header(name: str, value: str) -> str:
    # curl sends a header without a value only if a semicolon follows its name; with a colon, it removes the header.
    return shlex.quote(f"{name}: {value}" if value else f"{name};")
