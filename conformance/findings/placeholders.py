"""Texts in which names in braces stand for what is an account's own: its tokens, its projects and its batches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.exchange.tokens import NEAR_MISSES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BATCH", "EXPIRED", "FOREIGN_PROJECT", "PROJECT", "PlaceholderError", "escaped", "fill", "tokens"]

BATCH = "batch"
"""In a target: the ID of a batch that is what the first one was known to be."""
PROJECT = "project"
"""In a target: the account's own project."""
FOREIGN_PROJECT = "foreign-project"
"""In a target: a project in which the account has no rights."""
TOKEN = "token"  # noqa: S105 - the name of one
"""As an X-Auth-Token: the account's own; with a slip of the hand behind it, such as "token-cut", a wrong one."""
EXPIRED = "expired-token"
"""As an X-Auth-Token: one that the account had once."""

PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z-]+)\}|[{}]")


class PlaceholderError(ValueError):
    """A text is not what `escaped` and names in braces make, or a name means nothing there; the message says which."""


def tokens(token: str) -> dict[str, str]:
    """Return the tokens that an account's own one gives names to, each under its name."""
    return {TOKEN: token, **{f"{TOKEN}-{name}": slip.make(token) for name, slip in NEAR_MISSES.items()}}


def escaped(text: str) -> str:
    """Return the template that stands for a text as it is."""
    return re.sub("[{}]", lambda brace: brace[0] * 2, text)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the text that a template stands for.

    Raises:
        PlaceholderError: A brace stands alone, or a name has no value.
    """

    def put(piece: re.Match[str]) -> str:
        if piece[0] in ("{{", "}}"):
            return piece[0][0]
        name = piece["name"]
        if name not in values:
            raise PlaceholderError(f"{piece[0]!r} stands for nothing here")
        return values[name]

    return PIECE.sub(put, template)
