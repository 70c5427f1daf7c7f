"""Secrets are taken out of what a server says before it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["on_one_line", "scrub", "without"]


def without(secrets: Sequence[str], text: str) -> str:
    """Return a text without the secrets."""
    # The longest first, since one may begin with another.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def on_one_line(text: str, longest: int) -> str:
    """Return a text without what would upset a terminal, cut to a length in characters."""
    return "".join(character if character.isprintable() else " " for character in text[:longest]).strip()


def scrub(secrets: Sequence[str], error: BaseException | None) -> None:
    """Take the secrets out of what an error says, and each one that it came from: a traceback shows them all."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error.args = tuple(without(secrets, part) if isinstance(part, str) else part for part in error.args)
        error = error.__cause__ or error.__context__
