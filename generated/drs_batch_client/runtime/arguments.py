"""Checks of the arguments of a call, before anything is sent. An error names the argument."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin

__all__ = ["sendable", "typed"]

T = TypeVar("T")

_IN_A_HEADER = re.compile(r"([!-~]([\t -~]*[!-~])?)?")


def typed(name: str, value: T, kind: object, *, header: bool = False) -> T:
    """Return an argument of a documented type.

    Args:
        name: Its name.
        value: Its value.
        kind: The type: a class, a union, or a list of such.
        header: Whether it is sent in a header.

    Raises:
        TypeError: It has another type.
        ValueError: It cannot be sent: a text that is not Unicode, or not ASCII for a header, or a number that is
            not finite.
    """
    if not _is_of(value, kind):
        raise TypeError(f"{name} must be {_named(kind)}, not {_given(value, kind)}")
    for part in _parts(value):
        if isinstance(part, str) and header and not _IN_A_HEADER.fullmatch(part):
            raise ValueError(
                f"{name} must be ASCII on one line, without blanks at its ends, to be in a header: {part!r}"
            )
        if isinstance(part, str) and any("\ud800" <= character <= "\udfff" for character in part):
            raise ValueError(f"{name} must be Unicode characters, without half of a surrogate pair: {part!r}")
        if isinstance(part, float) and not math.isfinite(part):
            raise ValueError(f"{name} must be a finite number, not {part}")
    return value


def sendable(name: str, value: T, kind: object) -> T:
    """Return an argument of a documented type that is sent as JSON.

    Raises:
        TypeError: It has another type, or a part that JSON does not have.
        ValueError: A text in it is not Unicode, or a number is not finite.
    """
    typed(name, value, kind)
    try:
        json.dumps(_json(value), ensure_ascii=False, allow_nan=False).encode()
    except (AttributeError, TypeError) as error:
        raise TypeError(f"{name} has a part of the wrong type: {error}") from error
    except ValueError as error:
        raise ValueError(f"{name} has a value that JSON does not have: {error}") from error
    return value


def _json(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return [_json(item) for item in cast("list[object]", value)]
    return value.to_dict() if hasattr(value, "to_dict") else value


def _is_of(value: object, kind: object) -> bool:
    if isinstance(kind, UnionType):
        return any(_is_of(value, part) for part in get_args(kind))
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        return isinstance(value, list) and all(_is_of(part, item) for part in cast("list[object]", value))
    if kind is float:
        kind = (int, float)
    elif not isinstance(kind, type):
        return True  # Any
    # A bool is an int, and a datetime is a date, but they are sent in another form.
    is_other = (isinstance(value, bool) and kind is not bool) or (isinstance(value, datetime) and kind is date)
    return isinstance(value, kind) and not is_other


def _named(kind: object) -> str:
    if isinstance(kind, UnionType):
        return " or ".join(_named(part) for part in get_args(kind))
    if get_origin(kind) is list:
        return f"a list of {', '.join(_named(part) for part in get_args(kind))}"
    return "None" if kind is NoneType else getattr(kind, "__name__", str(kind))


def _given(value: object, kind: object) -> str:
    given = type(value).__name__
    if isinstance(value, list) and get_origin(kind) is list:
        (item,) = get_args(kind)
        return f"of {next(type(part).__name__ for part in _parts(cast('object', value)) if not _is_of(part, item))}"
    return given


def _parts(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]
