"""What several oracles say about bodies and media types."""

from __future__ import annotations

import email.message
import json
from typing import TYPE_CHECKING

from conformance.exchange import MalformedError
from conformance.requirements.oracle_registry import Judgement, breaks, holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Exchange, Response

__all__ = ["chinese", "described", "json_media_type", "member", "message", "texts", "unchanged"]

KEPT = 1 << 16
"""Characters of a value that are kept: far more than are shown, which therefore never end in half a secret."""


def described(value: object) -> str:
    """Name a JSON value's type, and show the value."""
    shown = json.dumps(value, ensure_ascii=False)[:KEPT]
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
    return f"{kinds.get(type(value), 'null')} {shown}" if value is not None else "null"


def json_media_type(exchange: Exchange) -> Judgement:
    """Judge that there is one Content-Type, and that it is application/json.

    Parameters mean nothing (RFC 8259, section 11), but a charset in which the content reads otherwise misleads clients.
    """
    values = exchange.response.values("Content-Type")
    if len(values) != 1:
        return breaks("one Content-Type", f"{len(values)} of them")
    header = email.message.Message()
    header["Content-Type"] = values[0]
    if header.get_content_type() != "application/json":
        return breaks("Content-Type: application/json", repr(values[0]))
    charset, body = header.get_content_charset("utf-8"), exchange.response.body
    try:
        true = body.decode(charset, "replace") == body.decode("utf-8", "replace")
    except LookupError:
        true = False
    return holds() if true else breaks("a charset that is the content's, UTF-8", repr(values[0]))


def message(exchange: Exchange) -> str | None:
    """Return the error_msg of a refusal by the service; None if there is none that can be read."""
    return member(exchange, "error_msg")


def member(exchange: Exchange, name: str) -> str | None:
    """Return a text at the top of a refusal by the service; None if there is none that can be read."""
    if exchange.status != 400 or not exchange.situation.documented:
        return None
    try:
        body = exchange.response.json()
    except MalformedError:
        return None
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def texts(response: Response) -> list[str]:
    """Return the texts of a body: the names and strings of a JSON value, or else the body as a whole."""
    try:
        rest = [response.json()]
    except MalformedError:
        return [response.body.decode(errors="replace")]
    found: list[str] = []
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            rest += [*value, *value.values()]
        elif isinstance(value, list):
            rest += value
    return found


def chinese(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def unchanged(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Judge that calls which were refused left their batch as it was: the last call, a commit of it, succeeds.

    Returns None where one was accepted, or where no commit was tried.
    """
    *refused, last = exchanges
    if not last.situation.documented or any(200 <= exchange.status < 300 for exchange in refused):
        return None
    if last.status == 200:
        return holds()
    return breaks("the batch can still be committed (200)", f"status {last.status}: a refused call changed it")
