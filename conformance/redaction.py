"""Removal of secrets, by value, from whatever is written."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Redactor"]

MASK = "[redacted]"

PART = 12
"""Characters in a row that are as good as the whole: a secret that is cut in half is leaked by half."""

ESCAPE = re.compile(r"(?P<octets>(?:%[0-9A-Fa-f]{2})+)|\\u(?P<code>[0-9A-Fa-f]{4})|\\(?P<escaped>[\"\\/])|&#?\w{1,32};")
"""Characters as they are written in URLs, in JSON and in HTML."""

STANDARD = str.maketrans("-_", "+/")
"""Of the two alphabets of base64 (RFC 4648), from the one for URLs to the other."""

BASE64, HEXADECIMAL = re.compile(r"[A-Za-z0-9+/_-]{4,}"), re.compile(r"[0-9A-Fa-f]{4,}")


class Redactor:
    """Replaces each secret, and each part of one, in each encoding in which a server may echo it, by a mask.

    A secret is found by its value, never by the name of the field that carries it: a server may echo it anywhere.
    Each of its characters may be plain, percent-encoded, a JSON escape or a character reference; the whole may be
    hexadecimal, or in base64 among other text. It takes a time that is in proportion to the text, however long the
    secrets are.
    """

    def __init__(self, *secrets: str) -> None:
        """Take the secrets; empty ones are ignored."""
        # As they would be read, too: a secret may itself look like something escaped.
        forms = {form for secret in secrets for form in (secret, _read(secret).text, secret.replace(" ", "+"))}
        self._parts: dict[int, set[str]] = {}
        for form in filter(None, forms):
            length = min(PART, len(form))
            self._parts.setdefault(length, set()).update(_windows(form, length))

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        if not self._parts:
            return text
        read = _read(text)
        kept, position = [], 0
        spans = [read.span(*found) for found in (*self._found(read.text), *self._coded(read.text))]
        for start, end in _merged([*spans, *self._found(text)]):
            kept += [text[position:start], MASK]
            position = end
        return "".join([*kept, text[position:]])

    def finds(self, text: str) -> bool:
        """Tell whether a text holds a secret, or a part of one."""
        read = _read(text)
        texts = (self._found(text), self._found(read.text), self._coded(read.text))
        return any(next(found, None) for found in texts)

    def __repr__(self) -> str:
        """Show nothing of what is redacted."""
        return "Redactor()"

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Find the parts of secrets in a plain text: where each begins and ends."""
        for length, parts in self._parts.items():
            for start, window in enumerate(_windows(text, length)):
                if window in parts:
                    yield start, start + length

    def _coded(self, text: str) -> Iterator[tuple[int, int]]:
        """Find what holds a part of a secret once it is decoded; it may begin in the midst of other text."""
        for pattern, decode, shifts in ((BASE64, _from_base64, 4), (HEXADECIMAL, _from_hexadecimal, 2)):
            for match in pattern.finditer(text):
                decoded = (decode(match[0][shift:]).decode(errors="replace") for shift in range(shifts))
                if any(next(self._found(candidate), None) for candidate in decoded):
                    yield match.span()


@dataclass(frozen=True)
class _Reading:
    """A text with each escaped character put in the place of its escape.

    Attributes:
        text: That text.
        starts: Where each of its characters begins in the original, and where the original ends; empty if that is the
            same text.
    """

    text: str
    starts: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the original of a piece of the text."""
        return (self.starts[start], self.starts[end]) if self.starts else (start, end)


def _read(text: str) -> _Reading:
    pieces: list[tuple[str, str]] = []
    position = 0
    for match in ESCAPE.finditer(text):
        plain = text[position : match.start()]
        pieces += [*zip(plain, plain, strict=True), *_unescaped(match)]
        position = match.end()
    if not pieces:
        return _Reading(text, [])
    pieces += zip(text[position:], text[position:], strict=True)
    starts = [0, *accumulate(len(original) for _, original in pieces)]
    return _Reading("".join(character for character, _ in pieces), starts)


def _unescaped(match: re.Match[str]) -> list[tuple[str, str]]:
    """Return each character of an escape, with what stands for it in the original."""
    whole = match[0]
    if match["octets"]:
        characters = bytes.fromhex(whole.replace("%", "")).decode(errors="replace")
        if len(characters) * 3 == len(whole):
            return [(character, whole[3 * i : 3 * i + 3]) for i, character in enumerate(characters)]
    else:
        characters = chr(int(match["code"], 16)) if match["code"] else match["escaped"] or html.unescape(whole)
    # The last of several characters stands for all of them, which have one place in the original.
    return [*((character, "") for character in characters[:-1]), (characters[-1:] or "?", whole)]


def _windows(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _from_base64(text: str) -> bytes:
    # Cut off anywhere, and therefore padded anew; one character alone is not an octet yet.
    digits = (text[:-1] if len(text) % 4 == 1 else text).translate(STANDARD)
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


def _from_hexadecimal(text: str) -> bytes:
    return bytes.fromhex(text[: len(text) // 2 * 2])


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Return the spans in order, those that touch one another as one."""
    last: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if last is None or start > last[1]:
            if last is not None:
                yield last
            last = start, end
        else:
            last = last[0], max(last[1], end)
    if last is not None:
        yield last
