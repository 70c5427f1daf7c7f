"""How a server may write what it has to say: oddly, but within what is legal."""

from __future__ import annotations

import json
import random
from typing import Any

__all__ = ["Chance", "Manner"]


class Manner:
    """How the server on bare streams writes: oddly, and the same each time."""

    def dressed(self, document: dict[str, Any]) -> str:
        """Return the document as JSON text."""
        return json.dumps(document, ensure_ascii=False)

    def spelled(self, name: str) -> str:
        """Return the name of a header in some case."""
        return name.upper()

    def pieces(self, content: bytes) -> list[bytes]:
        """Return content in several pieces, none of them empty."""
        return _cut(content, 7)


class Chance(Manner):
    """Writes differently each time, within what is legal: members, messages, the form of JSON, headers, pieces."""

    def __init__(self, seed: int) -> None:
        """Take the seed of the dice; how they fall also depends on the order of the requests."""
        self._dice = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._codes: dict[str, str] = {}

    def dressed(self, document: dict[str, Any]) -> str:
        """Return the document with other texts where any will do, and with more members than documented."""
        dice = self._dice
        code = document.get("error_code", "")
        if code.startswith("DRS."):
            # A code is of any characters, but one reason has one code.
            self._codes.setdefault(code, self._text(12))
            message = self._text(dice.choice((1, 2, 40, 511, 512)))
            document = {**document, "error_code": self._codes[code], "error_msg": message}
        if "job" in document:
            texts = {"status": self._text(dice.randrange(30)), "msg": self._text(dice.randrange(600))}
            document = {"job": self._extended({**document["job"], **texts})}
        indent, ascii_only = dice.choice((None, 0, 3, "\t")), dice.choice((True, False))
        return json.dumps(self._extended(document), ensure_ascii=ascii_only, indent=indent)

    def spelled(self, name: str) -> str:
        """Return the name of a header in any case."""
        return "".join(self._dice.choice((letter.lower(), letter.upper())) for letter in name)

    def pieces(self, content: bytes) -> list[bytes]:
        """Return content in pieces of any size."""
        return _cut(content, self._dice.randrange(1, 400))

    def _extended(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return an object with some members more, in any order."""
        dice = self._dice
        values: tuple[Any, ...] = (None, True, -1, 0.5, [], {}, [[{"job": []}]], "\u2028", 10**30)
        more = {f"x{self._text(dice.randrange(9))}": dice.choice(values) for _ in range(dice.randrange(5))}
        pairs = [*more.items(), *document.items()]
        dice.shuffle(pairs)
        return dict(pairs)

    def _text(self, length: int) -> str:
        alphabets = ("abc XYZ 019", "\x00\x1b\n\t\x7f\"\\/'<>&%{}$", "\u00e9\u6b21\ufffd\u202e", "\U0001f4be\U00010000")
        text = "".join(self._dice.choice(self._dice.choice(alphabets)) for _ in range(length))
        # All begin with the same Chinese character, lest one message were Chinese and the next one not.
        return f"\u6279{text}"[:length]


def _cut(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]
