"""Removal of secrets from text, by their values.

A text is decoded into a few readings, one after the other, and each of them is searched. A place that is found in a
reading is followed back to the text. What is covered is listed in conformance/docs/redaction.md.
"""

from __future__ import annotations

import base64
import html
import re
import string
from array import array
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.spec.invisible import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["MASK", "SHORTEST", "Redactor", "is_long_enough", "on_one_line"]

MASK = "[redacted]"

SHORTEST = 6
"""Visible characters that a secret has at least, as many as a password of IAM.

A shorter value protects little, and to mask each place where it occurs by chance would garble the text.
"""

PART = 12
"""Visible characters in a row that are redacted like the whole secret, since a part of a secret is a leak, too."""

ESCAPED = 3
"""Times that a secret may be escaped: twice by a server, and once more where its text is quoted in a report."""

UNSEEN = " \ufffc\ufffd"
"""What is ignored like hidden characters: blanks, and what stands for objects and for octets that are not UTF-8."""

KNOWN = 1 << 16
"""Most characters of which it is kept whether they are visible, so that a text of many takes no more memory."""

NUL = re.compile(r"\0+")

UTF_8 = re.compile(r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
"""Octets of one character in UTF-8, as characters."""

PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
BACKSLASH = re.compile(
    r"\\(?:u([Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|[0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})"
    r"|([0-3]?[0-7]{1,2})|([\"'/\\abfnrtv]))"
)
REFERENCE = re.compile(r"&(?:#[xX]?[0-9A-Fa-f]{1,32};?|\w{1,32};)")

NUMBER = re.compile(r"([0-9]{1,3})|[^0-9]+")
NUMBERS = re.compile(rf"(?:[0-9]{{1,3}}[^0-9A-Za-z]{{1,6}}){{{SHORTEST - 1}}}[0-9]")
"""Numbers in a row, as many as a secret has octets at least."""

NOT_HEXADECIMAL = re.compile(r"(?<![0-9A-Fa-f])0[xX]|[^0-9A-Fa-f]+")

BASE64 = bytes(
    octet if chr(octet) in f"{string.ascii_letters}{string.digits}+/-_" else ord("A") for octet in range(256)
).translate(bytes.maketrans(b"-_", b"+/"))
"""Translation of both alphabets of RFC 4648 to the first, and of any other octet to the digit of zero."""


class _Table(dict[int, int | None]):
    """A table for `str.translate` that removes the characters that are not visible."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        kept = None if character in UNSEEN or hidden(character) else code
        if len(self) < KNOWN:
            self[code] = kept
        return kept


VISIBLE = _Table()


def on_one_line(text: str, longest: int) -> str:
    """Return a text cut to a length, with a blank for each character that would break a line or upset a terminal."""
    return "".join(" " if hidden(character) else character for character in text[:longest]).strip()


def is_long_enough(secret: str) -> bool:
    """Return whether a secret has enough visible characters to be redacted."""
    return len(secret.translate(VISIBLE)) >= SHORTEST


class Redactor:
    """Replaces secrets and parts of secrets by a mask, in each encoding in which a server may repeat them.

    A secret is found by its value, not by the name of the field that carries it, since a server may repeat it anywhere.
    The time is proportional to the length of the text, however long the secrets are.
    """

    def __init__(self, *secrets: str) -> None:
        """Prepare the search.

        Args:
            secrets: The secrets; those of fewer than 6 visible characters are ignored.
        """
        self._parts: dict[int, set[str]] = {}
        self._samples: dict[int, set[str]] = {}
        for form in {form for secret in filter(is_long_enough, secrets) for form in _forms(secret)}:
            length = min(PART, len(form))
            self._parts.setdefault(length, set()).update(_windows(form, length))
            self._samples.setdefault(length, set()).update(_windows(form, _sample(length)))
        self._shortest = min(self._parts, default=0)

    def __call__(self, text: str) -> str:
        """Return the text with each secret replaced by the mask."""
        kept: list[str] = []
        position = 0
        for start, end in _merged(span for reading in self._readings(text) for span in self._spans(reading)):
            kept += [text[position:start], MASK]
            position = end
        return "".join([*kept, text[position:]])

    def finds(self, text: str) -> bool:
        """Return whether a text holds a secret or a part of one."""
        return any(next(self._found(reading.text), None) for reading in self._readings(text))

    def __repr__(self) -> str:
        """Show no secret."""
        return "Redactor()"

    def _readings(self, text: str) -> Iterator[_Reading]:
        """Return the readings of a text; none if it is too short for a secret."""
        return _readings(_Reading(text)) if 0 < self._shortest <= len(text) else iter(())

    def _spans(self, reading: _Reading) -> Iterator[tuple[int, int]]:
        """Yield the start and end, in the original text, of each secret in a reading."""
        return (reading.original(start, end) for start, end in _merged(self._found(reading.text)))

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the start and end of each place of a decoded text with parts of secrets of one length."""
        text = _in_lower_case(text)
        for length, parts in self._parts.items():
            # Each part covers one of a few samples of the text.
            size, samples = _sample(length), self._samples[length]
            step = length - size + 1
            starts = range(0, len(text) - size + 1, step)
            if samples.isdisjoint(map(text.__getitem__, map(slice, starts, range(size, len(text) + 1, step)))):
                continue
            first, last = 0, -1
            for sampled in starts:
                if text[sampled : sampled + size] in samples:
                    for start in range(max(0, sampled - step + 1), sampled + 1):
                        if text[start : start + length] in parts:
                            if start > last >= 0:
                                yield first, last
                            first, last = (start if start > last else first), start + length
            if last >= 0:
                yield first, last


class _Reading:
    """A text, and where each piece of it comes from; this base class is the original text.

    Attributes:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end, in the original text, of a piece of this one."""
        return start, end


class _Replaced(_Reading):
    """A reading with something else in place of each match of a pattern."""

    def __init__(self, source: _Reading, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str] | None) -> None:
        """Replace the matches.

        Args:
            source: The reading to decode.
            pattern: The pattern.
            new: Returns what replaces a match; None to remove each match.
        """
        super().__init__(pattern.sub(new or "", source.text))
        self._source = source
        self._pattern = pattern
        self._new = new

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end, in the original text, of a piece of this one."""
        starts, ends = self._edges
        return self._source.original(starts[start], ends[end - 1])

    @cached_property
    def _edges(self) -> tuple[array[int], array[int]]:
        """The start and end in the source of each character; those of the whole match if it is in a replacement."""
        starts, ends, position = array("q"), array("q"), 0
        for match in self._pattern.finditer(self._source.text):
            length = len(self._new(match)) if self._new else 0
            starts.extend((*range(position, match.start()), *[match.start()] * length))
            ends.extend((*range(position + 1, match.start() + 1), *[match.end()] * length))
            position = match.end()
        starts.extend(range(position, len(self._source.text)))
        ends.extend(range(position + 1, len(self._source.text) + 1))
        return starts, ends


class _Visible(_Reading):
    """A reading without the characters that are not visible."""

    def __init__(self, source: _Reading) -> None:
        super().__init__(source.text.translate(VISIBLE))
        self._source = source

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end, in the original text, of a piece of this one."""
        return self._source.original(self._kept[start], self._kept[end - 1] + 1)

    @cached_property
    def _kept(self) -> array[int]:
        """The place in the source of each character."""
        return array("q", (place for place, c in enumerate(self._source.text) if VISIBLE[ord(c)] is not None))


class _Digits(_Reading):
    """A reading whose characters are the octets that the source has in digits, from one position on."""

    def __init__(self, source: _Reading, octets: bytes, first: int, ratio: tuple[int, int]) -> None:
        """Read octets.

        Args:
            source: The reading that has the digits.
            octets: The octets.
            first: The position of the first digit.
            ratio: A number of digits, and of the octets that they make.
        """
        super().__init__(octets.decode("latin-1"))
        self._source = source
        self._first = first
        self._ratio = ratio

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the start and end, in the original text, of a piece of this one."""
        digits, octets = self._ratio
        last = self._first + (end * digits - 1) // octets
        # The last digits may be padding.
        return self._source.original(self._first + start * digits // octets, min(last + 1, len(self._source.text)))


def _readings(text: _Reading) -> Iterator[_Reading]:
    """Yield a text and what results from unescaping it, each without blanks, and what they say in digits."""
    for times, plain in _unescaped(text, ESCAPED):
        compact = _Visible(plain)
        yield compact
        if UTF_8.search(plain.text):  # maybe of invisible characters
            yield _Visible(_Replaced(plain, UTF_8, _utf_8))
        if times < ESCAPED:
            for decoded in (*_from_base64(compact), *_from_hexadecimal(plain), *_from_numbers(plain)):
                # Every other octet of UTF-16 is NUL.
                yield from (reading for _, reading in _unescaped(_Replaced(decoded, NUL, None), 1))


def _unescaped(text: _Reading, most: int) -> Iterator[tuple[int, _Reading]]:
    """Yield a text, and each other one that results from unescaping it up to so many times, with their number.

    An escape of one syntax is plain text in another, such as two backslashes, so each time is of one syntax.
    """
    seen = {text.text}
    latest: list[_Reading] = [text]
    yield 0, text
    for times in range(1, most + 1):
        escaped = ((reading, escape) for reading in latest for escape in ESCAPES if escape[0].search(reading.text))
        latest = []
        for reading in (_Replaced(reading, *escape) for reading, escape in escaped):
            if reading.text not in seen:
                seen.add(reading.text)
                latest.append(reading)
                yield times, reading


def _utf_8(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("utf-8", "replace")


def _percent(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _backslash(match: re.Match[str]) -> str:
    units, octet, octal, character = match.groups()
    if character:
        return " " if character.isalpha() else character
    if units:
        return bytes.fromhex(units.replace(r"\u", "")).decode("utf-16-be", "surrogatepass")
    return chr(int(octal, 8) if octal else int(octet, 16))


def _reference(match: re.Match[str]) -> str:
    return html.unescape(match[0])


ESCAPES = ((PERCENT, _percent), (BACKSLASH, _backslash), (REFERENCE, _reference))
"""The escapes of URLs, of JSON and programs, and of HTML."""


def _from_base64(compact: _Reading) -> Iterator[_Reading]:
    digits = compact.text.encode("latin-1", "replace").translate(BASE64)
    for first in range(4):
        # A text may be cut off anywhere, so the digits are padded.
        shifted = digits[first:]
        yield _Digits(compact, base64.b64decode(shifted + b"A" * (-len(shifted) % 4)), first, (4, 3))


def _from_hexadecimal(plain: _Reading) -> Iterator[_Reading]:
    digits = _Replaced(plain, NOT_HEXADECIMAL, None)
    for first in range(2):
        shifted = digits.text[first:]
        yield _Digits(digits, bytes.fromhex(shifted + "0" * (len(shifted) % 2)), first, (2, 1))


def _from_numbers(plain: _Reading) -> Iterator[_Reading]:
    if NUMBERS.search(plain.text):
        yield _Replaced(plain, NUMBER, lambda match: chr(int(match[1])) if match[1] else "")


def _forms(secret: str) -> set[str]:
    """Return the characters of a secret and its octets, with and without its blanks."""
    plain = {secret, secret.replace(" ", "+")}  # a plus as in forms
    octets = {text.encode(errors="surrogatepass").decode("latin-1") for text in plain}
    forms = {_in_lower_case(text) for text in plain | octets}
    return forms | {form.translate(VISIBLE) for form in forms}


def _in_lower_case(text: str) -> str:
    """Return a text in lower case, of the same length, and with each character regardless of the others."""
    return text.lower() if text.isascii() else text.replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()


def _sample(length: int) -> int:
    """Return the length of the samples for parts of this length."""
    return max(3, length // 3)


def _windows(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


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
