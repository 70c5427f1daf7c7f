"""Suggestions for names that were probably misspelt."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["suggest"]


def suggest(name: str, known: Iterable[str], *, at_most: int = 3) -> str:
    """Return "did you mean A, B?" with the known names that resemble a name; empty if none does."""
    close = difflib.get_close_matches(name, list(known), n=at_most)
    return f"did you mean {', '.join(sorted(close))}?" if close else ""
