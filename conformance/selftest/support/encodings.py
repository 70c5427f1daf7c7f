"""The encodings that conformance/docs/redaction.md lists, as functions."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Encode = Callable[[str], str]

__all__ = ["ASCII_ONLY", "DIGITS", "ENCODINGS", "ESCAPES", "documented"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "redaction.md"
PICTURES = str.maketrans({"\u2400": "\0", "\u2424": "\n", "\u2423": "\u200b"})
"""The characters that stand in the document for ones that it cannot show."""


def _percent(text: str) -> str:
    return quote(text, safe="")


def _octets(text: str, form: str) -> str:
    return "".join(form.format(octet) for octet in text.encode())


def _characters(text: str, form: str) -> str:
    return "".join(form.format(ord(character)) for character in text)


def _units(text: str) -> str:
    units = text.encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _json(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", "\\/")


def _lines(text: str, length: int) -> str:
    return "\n".join(text[start : start + length] for start in range(0, len(text), length))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _utf16(text: str, order: str) -> str:
    """Return what remains of UTF-16 that is read as UTF-8."""
    return text.encode(f"utf-16-{order}").decode(errors="replace")


ESCAPES: Mapping[str, Encode] = {
    "percent-encoding": _percent,
    "percent-encoding of every octet": lambda text: _octets(text, "%{:02x}"),
    "JSON": _json,
    "JSON, as code units": _units,
    "octets with `\\x`": lambda text: _octets(text, "\\x{:02x}"),
    "octal octets": lambda text: _octets(text, "\\{:03o}"),
    "HTML": html.escape,
    "HTML, decimal": lambda text: _characters(text, "&#{};"),
    "HTML, hexadecimal": lambda text: _characters(text, "&#x{:X};"),
}
"""Escapes of characters."""

DIGITS: Mapping[str, Encode] = {
    "base64": _base64,
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in lines": lambda text: _lines(_base64(text), 16),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, upper case": lambda text: text.encode().hex().upper(),
    "hexadecimal with blanks": lambda text: text.encode().hex(" "),
    "hexadecimal with colons": lambda text: text.encode().hex(":"),
    "hexadecimal with `0x`": lambda text: ", ".join(f"0x{octet:02x}" for octet in text.encode()),
    "hexadecimal of UTF-16": lambda text: text.encode("utf-16-be").hex(),
    "decimal octets": lambda text: json.dumps(list(text.encode())),
}
"""Notations of octets."""

ENCODINGS: Mapping[str, Encode] = {
    "plain": str,
    "other case": str.swapcase,
    **ESCAPES,
    "form data": quote_plus,
    "percent-encoding, twice": lambda text: _percent(_percent(text)),
    "JSON in JSON": lambda text: _json(_json(text)),
    "HTML, twice": lambda text: html.escape(html.escape(text)),
    **DIGITS,
    "UTF-16, little-endian": lambda text: _utf16(text, "le"),
    "UTF-16, big-endian": lambda text: _utf16(text, "be"),
    "blanks between": " ".join,
    "line breaks between": lambda text: _lines(text, 5),
    "invisible characters between": "\u200b".join,
    "JSON in base64": lambda text: _base64(_json(text)),
    "base64 in a URL": lambda text: _percent(_base64(text)),
    "HTML in JSON": lambda text: _json(html.escape(text)),
}
"""Every encoding by its name in the document."""

ASCII_ONLY = ("other case", "UTF-16, little-endian", "UTF-16, big-endian", "base64 of UTF-16", "hexadecimal of UTF-16")
"""The encodings that are covered for ASCII characters alone."""


def documented() -> dict[str, str]:
    """Return the example of each encoding in the document."""
    _, _, table = DOCUMENT.read_text(encoding="utf-8").partition("| encoding | example |\n|---|---|\n")
    rows = (line.strip("| ").split(" | ") for line in table.partition("\n\n")[0].splitlines())
    return {name: example.strip("`").translate(PICTURES) for name, example in rows}
