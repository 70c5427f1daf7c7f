"""The words in which the actual text differs from the expected one."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

__all__ = ["Pieces", "differences"]

Pieces = tuple[tuple[str, bool], ...]
"""A text split into pieces, each with whether it differs."""

WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)
ALIKE = 0.5
"""Fraction of the words of the shorter text that both must share. With fewer, marks would cover nearly everything."""


def differences(expected: str, actual: str) -> tuple[Pieces, Pieces]:
    """Return both texts in pieces; if they have little in common, no piece is marked as different."""
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
