"""Removal of secrets from exceptions, whose causes a traceback shows."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["beginning", "scrub"]

_KEPT = 64 * 1024


def scrub(redact: Callable[[str], str], error: BaseException) -> None:
    """Remove the secrets, the requests and all local variables from an exception and each one that it came from."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        latest = waiting.pop()
        if latest is None or latest in seen:
            continue
        seen.append(latest)
        waiting += [latest.__cause__, latest.__context__, *getattr(latest, "exceptions", ())]
        # Reporters of errors collect the local variables of the frames.
        traceback.clear_frames(latest.__traceback__)
        # An exception of the user may be frozen.
        BaseException.__setattr__(latest, "args", tuple(_scrubbed(redact, part) for part in latest.args))
        # Errors of codecs and decoders keep what they read.
        if isinstance(latest, UnicodeDecodeError):
            latest.object = b""
        if isinstance(latest, UnicodeEncodeError):
            latest.object = ""
        if isinstance(latest, json.JSONDecodeError):
            latest.doc = ""
        # Errors of HTTP libraries keep the request, whose headers or body have the credentials.
        vars(latest).update(dict.fromkeys(vars(latest).keys() & {"_request", "request", "response"}))


def beginning(redact: Callable[[str], str], text: str) -> str:
    """Return at most the first 64 Ki characters of a text, redacted before the cut, which may be within a secret."""
    # To redact takes long, so that no more is redacted than could be shown.
    return redact(text[: 2 * _KEPT])[:_KEPT]


def _scrubbed(redact: Callable[[str], str], part: object) -> object:
    if isinstance(part, bytes):
        return beginning(redact, part.decode("latin-1")).encode("latin-1")
    return beginning(redact, part) if isinstance(part, str) else part
