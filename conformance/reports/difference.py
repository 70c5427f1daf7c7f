"""What sets what came apart from what was expected, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

__all__ = ["Pieces", "differences"]

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it differs; together they are the whole text."""

WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)
ALIKE = 0.5
"""Part of the shorter phrase's words that both share, or else all of both differs, and marks would say nothing."""


def differences(expected: str, actual: str) -> tuple[Pieces, Pieces]:
    """Return both texts in pieces; in texts that have little in common, no piece is said to differ."""
    left, right = WORDS.findall(expected), WORDS.findall(actual)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    blocks = matcher.get_matching_blocks()
    shared = sum(not word.isspace() for block in blocks for word in left[block.a : block.a + block.size])
    if shared < ALIKE * min(sum(not word.isspace() for word in words) for words in (left, right)):
        return ((expected, False),), ((actual, False),)
    return _pieces(left, [(a, b) for tag, a, b, _, _ in matcher.get_opcodes() if tag != "equal"]), _pieces(
        right, [(a, b) for tag, _, _, a, b in matcher.get_opcodes() if tag != "equal"]
    )


def _pieces(words: list[str], spans: list[tuple[int, int]]) -> Pieces:
    pieces: list[tuple[str, bool]] = []
    position = 0
    for begin, end in [*spans, (len(words), len(words))]:
        pieces += [("".join(words[position:begin]), False), ("".join(words[begin:end]), True)]
        position = end
    return tuple((text, differs) for text, differs in pieces if text)
