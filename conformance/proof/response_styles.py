"""Unusual but legal ways to write a response."""

from __future__ import annotations

import json
import random
import re
from typing import Any

__all__ = ["RandomStyle", "ResponseStyle"]

LETTERS = re.compile("(?<=[A-Za-z])[A-Za-z]")


class ResponseStyle:
    """An unusual style that is the same for every response."""

    def json_text(self, document: dict[str, Any]) -> str:
        """Return the document as JSON text."""
        return json.dumps(document, ensure_ascii=False)

    def header_name(self, name: str) -> str:
        """Return the header name in the case of this style."""
        return name.upper()

    def pieces(self, content: bytes) -> list[bytes]:
        """Split the content into non-empty pieces."""
        return _split(content, 7)


class RandomStyle(ResponseStyle):
    """A style that varies members, messages, JSON format, header case and piece size at random, within the standard."""

    def __init__(self, seed: int) -> None:
        """Seed the random numbers; which response gets which number depends on the order of the requests."""
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._codes: dict[str, str] = {}

    def json_text(self, document: dict[str, Any]) -> str:
        """Return the document as JSON text with random free texts and additional members."""
        rng = self._random
        code = document.get("error_code", "")
        if code.startswith("DRS."):
            # A code may have any characters, but each reason must have one code.
            self._codes.setdefault(code, self._text(12))
            message = self._text(rng.choice((1, 2, 40, 511, 512)))
            document = {**document, "error_code": self._codes[code], "error_msg": message}
        if "job" in document:
            texts = {"status": self._text(rng.randrange(30)), "msg": self._text(rng.randrange(600))}
            document = {"job": self._extended({**document["job"], **texts})}
        indent, ascii_only = rng.choice((None, 0, 3, "\t")), rng.choice((True, False))
        return json.dumps(self._extended(document), ensure_ascii=ascii_only, indent=indent)

    def header_name(self, name: str) -> str:
        """Return the header name with each letter in random case."""
        return "".join(self._random.choice((letter.lower(), letter.upper())) for letter in name)

    def pieces(self, content: bytes) -> list[bytes]:
        """Split the content into pieces of one random size."""
        return _split(content, self._random.randrange(1, 400))

    def _extended(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the object with up to four random members added, in random order."""
        rng = self._random
        values: tuple[Any, ...] = (None, True, -1, 0.5, [], {}, [[{"job": []}]], "\u2028", 10**30)
        more = {f"x{self._text(rng.randrange(9))}": rng.choice(values) for _ in range(rng.randrange(5))}
        pairs = [*more.items(), *document.items()]
        rng.shuffle(pairs)
        return dict(pairs)

    def _text(self, length: int) -> str:
        alphabets = ("abc XYZ 019", "\x00\x1b\n\t\x7f\"\\/'<>&%{}$", "\u00e9\u6b21\ufffd\u202e", "\U0001f4be\U00010000")
        text = "".join(self._random.choice(self._random.choice(alphabets)) for _ in range(length))
        # All messages start with the same Chinese character and have no Latin word, so that all are in one language.
        return f"\u6279{LETTERS.sub('9', text)}"[:length]


def _split(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]
