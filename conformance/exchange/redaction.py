"""Removal of secrets from text, by their values."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MASK", "Redactor", "on_one_line"]

MASK = "[redacted]"

SHORTEST = 4
"""Characters that a secret has at least."""

PART = 12
"""Consecutive characters that are redacted like the whole secret, since a part of a secret is a leak, too."""

URL, JSON, HTML = (
    r"(?P<octets>(?:%[0-9A-Fa-f]{2})+)",
    r"\\u(?P<code>[0-9A-Fa-f]{4})|\\(?P<escaped>[\"\\/])",
    r"&#?\w{1,32};",
)
ESCAPES = tuple(re.compile(pattern) for pattern in (URL, JSON, HTML, f"{URL}|{JSON}|{HTML}"))
"""Patterns of an escaped character in a URL, in JSON, in HTML, and in any of them.

The text that is an escape in one of them is plain text in another, such as two backslashes.
"""

STANDARD = str.maketrans("-_", "+/")
"""Translation of the base64 alphabet for URLs to the standard one (RFC 4648)."""


def on_one_line(text: str, longest: int) -> str:
    """Return a text cut to a length, with a blank for each character that would break a line or upset a terminal."""
    return "".join(character if character.isprintable() else " " for character in text[:longest]).strip()


class Redactor:
    """Replaces secrets and parts of secrets by a mask, in each encoding in which a server may repeat them.

    A secret is found by its value, not by the name of the field that carries it, since a server may repeat it anywhere.
    Each of its characters may be plain, percent-encoded, a JSON escape or a character reference. The whole may be
    hexadecimal, or in base64 among other text. The time is proportional to the length of the text, however long the
    secrets are.

    Values of fewer than 4 characters are not treated as secrets: they protect nothing, and to mask each place where
    they occur by chance would only garble the text.
    """

    def __init__(self, *secrets: str) -> None:
        """Prepare the search.

        Args:
            secrets: The secrets; those of fewer than 4 characters are ignored.
        """
        # Their readings, too: a secret may itself look like escaped text.
        forms = {
            text for secret in secrets for text in (secret.replace(" ", "+"), *(r.text for r in _readings(secret)))
        }
        self._parts: dict[int, set[str]] = {}
        self._samples: dict[int, set[str]] = {}
        for form in (form for form in forms if len(form) >= SHORTEST):
            length = min(PART, len(form))
            self._parts.setdefault(length, set()).update(_windows(form, length))
            self._samples.setdefault(length, set()).update(_windows(form, _sample(length)))
        shortest = min(self._parts, default=1)
        # Text that is too short to hold a part of a secret is not decoded.
        self._codings = (
            (re.compile(rf"[A-Za-z0-9+/_-]{{{max(4, -(-4 * shortest // 3))},}}"), _from_base64, 4),
            (re.compile(rf"[0-9A-Fa-f]{{{max(4, 2 * shortest)},}}"), _from_hexadecimal, 2),
        )

    def __call__(self, text: str) -> str:
        """Return the text with each secret replaced by the mask."""
        if not self._parts:
            return text
        kept: list[str] = []
        position = 0
        for start, end in _merged(span for reading in _readings(text) for span in self._spans(reading)):
            kept += [text[position:start], MASK]
            position = end
        return "".join([*kept, text[position:]])

    def finds(self, text: str) -> bool:
        """Return whether a text holds a secret or a part of one."""
        return any(next(self._spans(reading), None) for reading in _readings(text))

    def __repr__(self) -> str:
        """Show no secret."""
        return "Redactor()"

    def _spans(self, reading: _Reading) -> Iterator[tuple[int, int]]:
        """Yield the start and end, in the original text, of each secret in a reading."""
        for found in (self._found(reading.text), self._coded(reading.text)):
            yield from (reading.span(start, end) for start, end in found)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each part of a secret in a plain text."""
        for length, parts in self._parts.items():
            if self._may_hold(text, length):
                for start, window in enumerate(_windows(text, length)):
                    if window in parts:
                        yield start, start + length

    def _may_hold(self, text: str, length: int) -> bool:
        """Return whether a text may hold a part of this length: the part would cover one of a few samples."""
        size, samples = _sample(length), self._samples[length]
        starts = range(0, len(text) - size + 1, length - size + 1)
        return any(text[start : start + size] in samples for start in starts)

    def _coded(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each text that holds a part of a secret once decoded, at any offset."""
        for pattern, decode, shifts in self._codings:
            for match in pattern.finditer(text):
                decoded = (decode(match[0][shift:]).decode(errors="replace") for shift in range(shifts))
                if any(next(self._found(candidate), None) for candidate in decoded):
                    yield match.span()


@dataclass(frozen=True)
class _Reading:
    """A text with each escape replaced by its character.

    Attributes:
        text: The text.
        starts: The position of each of its characters in the original, and the length of the original; empty if the
            original is the same text.
    """

    text: str
    starts: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end in the original of a piece of the text."""
        return (self.starts[start], self.starts[end]) if self.starts else (start, end)


def _readings(text: str) -> list[_Reading]:
    """Return the text itself, and a reading for each kind of escape that it holds."""
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
    """Return the characters of an escape, each with its part of the original text."""
    whole, groups = match[0], match.groupdict()
    if groups.get("octets"):
        characters = bytes.fromhex(whole.replace("%", "")).decode(errors="replace")
        if len(characters) * 3 == len(whole):
            return [(character, whole[3 * i : 3 * i + 3]) for i, character in enumerate(characters)]
    elif groups.get("code"):
        characters = chr(int(groups["code"], 16))
    else:
        characters = groups.get("escaped") or html.unescape(whole)
    # Several characters of one escape have one place in the original, which goes to the last of them.
    return [*((character, "") for character in characters[:-1]), (characters[-1:] or "?", whole)]


def _sample(length: int) -> int:
    """Return the length of the samples for parts of this length."""
    return (length + 1) // 2


def _windows(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _from_base64(text: str) -> bytes:
    # The text may be cut off anywhere, so it is padded again. One remaining digit does not make an octet.
    digits = (text[:-1] if len(text) % 4 == 1 else text).translate(STANDARD)
    return base64.b64decode(digits + "=" * (-len(digits) % 4))


def _from_hexadecimal(text: str) -> bytes:
    return bytes.fromhex(text[: len(text) // 2 * 2])


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Return the spans in order, joining those that touch."""
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
