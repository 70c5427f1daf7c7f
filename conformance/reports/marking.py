"""The part of an answer that shows a violation."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reports.model import Mark

if TYPE_CHECKING:
    from conformance.reports.model import Message

__all__ = ["marked"]


def marked(message: Message, shown_in: str) -> Message:
    """Return an answer with a mark on the part that shows the violation, unless that is missing or the whole body.

    Args:
        message: The answer, redacted.
        shown_in: The part of an answer that the requirement is about: `status`, `body`, a member of the body as
            `body/NAME`, or a header field as `header/NAME`.
    """
    part, _, name = shown_in.partition("/")
    if part == "header":
        mark = _field(message, name)
    elif part == "body":
        mark = _member(message.body, name)
    else:
        mark = _status(message.start)
    return replace(message, mark=mark)


def _status(start: str) -> Mark | None:
    found = re.search(r"(?<= )[0-9]{3}$", start)
    return Mark("start", 0, *found.span()) if found else None


def _field(message: Message, name: str) -> Mark | None:
    for index, (key, value) in enumerate(message.headers):
        if key.lower() == name.lower() and value:
            return Mark("header", index, 0, len(value))
    return None


def _member(body: str, name: str) -> Mark | None:
    """Find the value of a member at any place in the text, which need not be valid JSON as a whole."""
    found = re.search(rf'"{re.escape(name)}"\s*:\s*', body) if name else None
    if found is None:
        return None
    try:
        _, end = json.JSONDecoder().raw_decode(body, found.end())
    except (ValueError, RecursionError):
        return None
    return Mark("body", 0, found.end(), end)
