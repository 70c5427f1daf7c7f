"""Removal of secrets from exceptions, whose causes a traceback shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["scrub"]


def scrub(redact: Callable[[str], str], error: BaseException | None) -> None:
    """Remove the secrets from the arguments of an exception, and of each exception that it came from."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        error.args = tuple(redact(part) if isinstance(part, str) else part for part in error.args)
        error = error.__cause__ or error.__context__
