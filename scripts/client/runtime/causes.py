"""Removal of secrets from exceptions, whose causes a traceback shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["scrub"]


def scrub(redact: Callable[[str], str], error: BaseException) -> None:
    """Remove the secrets from an exception and from each one that it came from: from arguments, and with requests."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        latest = waiting.pop()
        if latest is None or latest in seen:
            continue
        seen.append(latest)
        waiting += [latest.__cause__, latest.__context__, *getattr(latest, "exceptions", ())]
        latest.args = tuple(_scrubbed(redact, part) for part in latest.args)
        # Errors of decoders keep what they decode.
        for name, value in (("object", b""), ("doc", "")):
            if hasattr(latest, name):
                setattr(latest, name, value)
        # Errors of HTTP libraries keep the request, whose headers or body have the credentials.
        vars(latest).update(dict.fromkeys(vars(latest).keys() & {"_request", "request", "response"}))


def _scrubbed(redact: Callable[[str], str], part: object) -> object:
    if isinstance(part, bytes):
        return redact(part.decode("latin-1")).encode("latin-1")
    return redact(part) if isinstance(part, str) else part
