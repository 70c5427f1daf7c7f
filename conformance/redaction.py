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

URL, JSON, HTML = (
    r"(?P<octets>(?:%[0-9A-Fa-f]{2})+)",
    r"\\u(?P<code>[0-9A-Fa-f]{4})|\\(?P<escaped>[\"\\/])",
    r"&#?\w{1,32};",
)
ESCAPES = tuple(re.compile(pattern) for pattern in (URL, JSON, HTML, f"{URL}|{JSON}|{HTML}"))
"""Characters as they are written in URLs, in JSON, in HTML, and in any of them.

What is an escape in one of them is plain text in another, such as two backslashes.
"""

STANDARD = str.maketrans("-_", "+/")
"""Of the two alphabets of base64 (RFC 4648), from the one for URLs to the other."""


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
        forms = {
            text for secret in secrets for text in (secret.replace(" ", "+"), *(r.text for r in _readings(secret)))
        }
        self._parts: dict[int, set[str]] = {}
        self._samples: dict[int, set[str]] = {}
        for form in filter(None, forms):
            length = min(PART, len(form))
            self._parts.setdefault(length, set()).update(_windows(form, length))
            self._samples.setdefault(length, set()).update(_windows(form, _sample(length)))
        shortest = min(self._parts, default=1)
        # What is too short to hold a part of a secret is not worth decoding.
        self._codings = (
            (re.compile(rf"[A-Za-z0-9+/_-]{{{max(4, -(-4 * shortest // 3))},}}"), _from_base64, 4),
            (re.compile(rf"[0-9A-Fa-f]{{{max(4, 2 * shortest)},}}"), _from_hexadecimal, 2),
        )

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        if not self._parts:
            return text
        kept, position = [], 0
        for start, end in _merged(span for reading in _readings(text) for span in self._spans(reading)):
            kept += [text[position:start], MASK]
            position = end
        return "".join([*kept, text[position:]])

    def finds(self, text: str) -> bool:
        """Tell whether a text holds a secret, or a part of one."""
        return any(next(self._spans(reading), None) for reading in _readings(text))

    def __repr__(self) -> str:
        """Show nothing of what is redacted."""
        return "Redactor()"

    def _spans(self, reading: _Reading) -> Iterator[tuple[int, int]]:
        """Find the secrets in a reading of a text: where each begins and ends in the original."""
        for found in (self._found(reading.text), self._coded(reading.text)):
            yield from (reading.span(start, end) for start, end in found)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Find the parts of secrets in a plain text: where each begins and ends."""
        for length, parts in self._parts.items():
            if self._may_hold(text, length):
                for start, window in enumerate(_windows(text, length)):
                    if window in parts:
                        yield start, start + length

    def _may_hold(self, text: str, length: int) -> bool:
        """Tell, by far fewer looks than at each place, whether a text may hold a part: it would cover one of these."""
        size, samples = _sample(length), self._samples[length]
        starts = range(0, len(text) - size + 1, length - size + 1)
        return any(text[start : start + size] in samples for start in starts)

    def _coded(self, text: str) -> Iterator[tuple[int, int]]:
        """Find what holds a part of a secret once it is decoded; it may begin in the midst of other text."""
        for pattern, decode, shifts in self._codings:
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


def _readings(text: str) -> list[_Reading]:
    """Return the text as it is, and read by each kind of escape that it holds."""
    return [_Reading(text, []), *(_read(text, escape) for escape in ESCAPES if escape.search(text))]


def _read(text: str, escape: re.Pattern[str]) -> _Reading:
    pieces: list[tuple[str, str]] = []
    position = 0
    for match in escape.finditer(text):
        plain = text[position : match.start()]
        pieces += [*zip(plain, plain, strict=True), *_unescaped(match)]
        position = match.end()
    pieces += zip(text[position:], text[position:], strict=True)
    starts = [0, *accumulate(len(original) for _, original in pieces)]
    return _Reading("".join(character for character, _ in pieces), starts)


def _unescaped(match: re.Match[str]) -> list[tuple[str, str]]:
    """Return each character of an escape, with what stands for it in the original."""
    whole, groups = match[0], match.groupdict()
    if groups.get("octets"):
        characters = bytes.fromhex(whole.replace("%", "")).decode(errors="replace")
        if len(characters) * 3 == len(whole):
            return [(character, whole[3 * i : 3 * i + 3]) for i, character in enumerate(characters)]
    elif groups.get("code"):
        characters = chr(int(groups["code"], 16))
    else:
        characters = groups.get("escaped") or html.unescape(whole)
    # The last of several characters stands for all of them, which have one place in the original.
    return [*((character, "") for character in characters[:-1]), (characters[-1:] or "?", whole)]


def _sample(length: int) -> int:
    """Return the length of the samples by which parts of this length are looked for."""
    return (length + 1) // 2


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
