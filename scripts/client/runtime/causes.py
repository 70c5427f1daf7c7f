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
        error.args = tuple(_scrubbed(redact, part) for part in error.args)
        # Errors of decoders keep what they decode.
        for name, value in (("object", b""), ("doc", "")):
            if hasattr(error, name):
                setattr(error, name, value)
        error = error.__cause__ or error.__context__


def _scrubbed(redact: Callable[[str], str], part: object) -> object:
    if isinstance(part, bytes):
        return redact(part.decode("latin-1")).encode("latin-1")
    return redact(part) if isinstance(part, str) else part
