"""Removal of secrets from exceptions, whose causes a traceback shows.

An exception of the user may be of any kind: frozen, without a text, or with attributes that raise something else.
"""

from __future__ import annotations

import inspect
import json
import os
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["beginning", "described", "request_of", "scrub", "text_of"]

_KEPT = 64 * 1024
_DEEPEST = 20
_REQUESTS = ("_request", "request", "response")


def scrub(redact: Callable[[str], str], error: BaseException) -> None:
    """Remove the secrets, the requests and all local variables from an exception and each one that it came from."""
    seen: dict[int, BaseException] = {}
    waiting: list[object] = [error]
    while waiting:
        latest = waiting.pop()
        if not isinstance(latest, BaseException) or id(latest) in seen:
            continue
        seen[id(latest)] = latest
        with suppress(Exception):  # a group of another library
            waiting += getattr(latest, "exceptions", ())
        waiting += [_own(latest, "__cause__"), _own(latest, "__context__")]
        # Reporters of errors collect the local variables of the frames.
        traceback.clear_frames(_own(latest, "__traceback__"))
        # Errors of codecs and decoders keep what they read.
        if isinstance(latest, UnicodeDecodeError):
            latest.object = b""
        if isinstance(latest, UnicodeEncodeError):
            latest.object = ""
        kept = cast("dict[str, object]", BaseException.__getattribute__(latest, "__dict__"))
        if isinstance(latest, json.JSONDecodeError):
            kept["doc"] = ""
        # Errors of HTTP libraries keep the request, whose headers or body have the credentials.
        kept.update(dict.fromkeys(kept.keys() & _REQUESTS))
        for name, value in tuple(kept.items()):
            with suppress(Exception):  # a text or path of another class
                kept[name] = _scrubbed(redact, value)
        for attribute in _attributes(type(latest)):
            with suppress(Exception):  # it is not set, or can only be read
                value = attribute.__get__(latest)
                if (shown := _scrubbed(redact, value)) is not value:
                    attribute.__set__(latest, shown)


def described(error: BaseException) -> str:
    """Return the type and the text of an exception, or its type alone if it has no text."""
    text = text_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def text_of(error: BaseException) -> str:
    """Return the text of an exception; an empty one if it fails."""
    with suppress(Exception):
        return str(error)
    return ""


def request_of(error: BaseException) -> httpx.Request | None:
    """Return the request that an exception of the HTTP library is about; None if there is none."""
    request: object = None
    with suppress(Exception):
        request = getattr(error, "_request", None)
    return request if isinstance(request, httpx.Request) else None


def beginning(redact: Callable[[str], str], text: str) -> str:
    """Return at most the first 64 Ki characters of a text, redacted before the cut, which may be within a secret."""
    # To redact takes long, so that no more is redacted than could be shown.
    return redact(text[: 2 * _KEPT])[:_KEPT]


def _own(error: BaseException, name: str) -> Any:  # noqa: ANN401 - that of the interpreter
    """Return an attribute that the interpreter sets, even if the class has another of the same name."""
    return getattr(BaseException, name).__get__(error)


def _attributes(kind: type[BaseException]) -> Iterator[Any]:
    """Yield the attributes of an exception that are not in its dictionary, such as the name of a file.

    They can be set even if the exception is frozen.
    """
    for each in kind.__mro__:
        for name, attribute in vars(each).items():
            is_of_instances = inspect.isgetsetdescriptor(attribute) or inspect.ismemberdescriptor(attribute)
            if is_of_instances and not name.startswith("__"):
                yield attribute


def _scrubbed(redact: Callable[[str], str], part: object, depth: int = 0) -> object:
    """Return a value without secrets; the same object if it has none."""
    if isinstance(part, bytes):
        shown: object = beginning(redact, part.decode("latin-1")).encode("latin-1")
        return part if shown == part else shown
    if isinstance(part, (str, os.PathLike)):
        text = part if isinstance(part, str) else str(cast("object", part))
        return cast("object", part) if (shown := beginning(redact, text)) == text else shown
    if depth >= _DEEPEST:
        return part
    if type(part) is dict:
        items = cast("dict[object, object]", part)
        names = [_scrubbed(redact, name, depth + 1) for name in items]
        values = _all_scrubbed(redact, list(items.values()), depth)
        changed = any(name is not other for name, other in zip(names, items, strict=True)) or values is not None
        return dict(zip(names, values or items.values(), strict=True)) if changed else items
    if type(part) in (list, tuple):
        each = cast("list[object] | tuple[object, ...]", part)
        values = _all_scrubbed(redact, each, depth)
        return each if values is None else type(each)(values)
    return part


def _all_scrubbed(redact: Callable[[str], str], parts: Sequence[object], depth: int) -> list[object] | None:
    """Return the values without secrets; None if none has one."""
    values = [_scrubbed(redact, part, depth + 1) for part in parts]
    return None if all(value is part for value, part in zip(values, parts, strict=True)) else values
