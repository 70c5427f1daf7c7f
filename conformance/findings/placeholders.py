"""Templates in which names in braces stand for the tokens, projects and batches of an account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.exchange.tokens import NEAR_MISSES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BATCH",
    "FOREIGN_PROJECT",
    "OTHER_TOKENS",
    "PROJECT",
    "PlaceholderError",
    "escape",
    "fill",
    "named_tokens",
    "of_transport",
]

BATCH = "batch"
"""In a target: the ID of a batch in the state that the first one had."""
PROJECT = "project"
"""In a target: the project of the account."""
FOREIGN_PROJECT = "foreign-project"
"""In a target: a project in which the account has no rights."""
TOKEN = "token"  # noqa: S105 - the name of one
"""As an X-Auth-Token: the token of the account; followed by a near miss, such as "token-cut", a wrong token."""
OTHER_TOKENS = ("foreign-token", "expired-token")
"""As an X-Auth-Token: a token of the foreign project, and an expired one of the account; each is that of its option."""

PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z-]+)\}|[{}]")


class PlaceholderError(ValueError):
    """A template has a single brace or a placeholder that is not allowed there; the message names it."""


def named_tokens(token: str) -> dict[str, str]:
    """Return the token and its near misses, by the name of their placeholder."""
    return {TOKEN: token, **{f"{TOKEN}-{name}": near_miss.make(token) for name, near_miss in NEAR_MISSES.items()}}


TRANSPORT_HEADERS = ("connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade")
"""Headers that control the connection and the recipient, which a finding must not set."""


def of_transport(name: str) -> bool:
    """Return whether a header is one that a finding must not set."""
    return name.lower() in TRANSPORT_HEADERS or name.lower().startswith("proxy-")


def escape(text: str) -> str:
    """Return the template that is filled in to this text, without placeholders."""
    return re.sub("[{}]", lambda brace: brace[0] * 2, text)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with values in place of its placeholders.

    Raises:
        PlaceholderError: A brace stands alone, or a name has no value.
    """

    def replacement(piece: re.Match[str]) -> str:
        if piece[0] in ("{{", "}}"):
            return piece[0][0]
        name = piece["name"]
        if name not in values:
            raise PlaceholderError(f"{piece[0]!r} is not a placeholder that is allowed here")
        return values[name]

    return PIECE.sub(replacement, template)
