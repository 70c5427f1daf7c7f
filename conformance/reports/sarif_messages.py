"""SARIF messages, in which text must be escaped, and HTTP messages as SARIF objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.spec.characters import plain

if TYPE_CHECKING:
    from conformance.reports.model import Message

__all__ = ["message", "web_request", "web_response"]

REQUEST = re.compile(r"(?P<method>\S+) (?P<target>.+) (?P<protocol>HTTP)/(?P<version>[0-9.]+)")
STATUS = re.compile(r"(?P<protocol>HTTP)/(?P<version>[0-9.]+) (?P<statusCode>[0-9]{3})")


def message(text: str, *, markdown: str | None = None) -> dict[str, str]:
    """Return a message in which no part of the text is a placeholder or a link.

    Braces are doubled, as in section 3.11.5 of SARIF 2.1.0. Section 3.11.6 does not define an escape for text that
    looks like a link; a backslash before the parenthesis keeps it from being one.
    """
    texts = {"text": text.replace("](", "]\\(")} | ({} if markdown is None else {"markdown": markdown})
    return {name: value.replace("{", "{{").replace("}", "}}") for name, value in texts.items()}


def web_request(request: Message) -> dict[str, Any]:
    """Return a request as a SARIF webRequest object."""
    return {**_start(REQUEST, request.start), **_content(request)}


def web_response(response: Message | None) -> dict[str, Any]:
    """Return a response, or the lack of one, as a SARIF webResponse object."""
    if response is None:
        return {"noResponseReceived": True}
    start = _start(STATUS, response.start)
    status = {"statusCode": int(start["statusCode"])} if "statusCode" in start else {}
    return {**start, **status, **_content(response)}


def _start(pattern: re.Pattern[str], line: str) -> dict[str, Any]:
    found = pattern.fullmatch(plain(line))
    return found.groupdict() if found else {"properties": {"start": plain(line)}}


def _content(part: Message) -> dict[str, Any]:
    headers: dict[str, str] = {}
    for name, value in part.headers:
        key, text = plain(name), plain(value)
        # Field lines with one name form a list (RFC 9110, section 5.3).
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    body = "\n".join(plain(line) for line in part.body.split("\n"))
    return {"headers": headers, "body": {"text": body}}
