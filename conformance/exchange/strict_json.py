"""Strict parsing of JSON, by RFC 8259."""

from __future__ import annotations

import functools
import json
import sys
from collections import Counter
from typing import Any

__all__ = ["KEPT", "MalformedError", "parse"]

DEPTH = 100
"""Maximum levels of nesting. A parser may limit them (RFC 8259, section 9); the documented answers have two."""

BLANKS = " \t\r\n"
KEPT = 1 << 16
"""Characters of a value that are kept: many more than are shown, so that no part of a cut secret is shown."""

GZIP = b"\x1f\x8b"
"""The first octets of a content that is compressed with gzip (RFC 1952, section 2.3.1)."""

DIGITS = 300
"""Characters of an integer from which on it is converted to a float."""


class MalformedError(ValueError):
    """A body is not well-formed JSON; the message says why."""


LARGE = 1 << 16
"""Octets of a body from which on only one is cached, since its value may take a hundred times as much memory."""


def parse(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Parse one JSON value in UTF-8, without duplicate names, NaN or Infinity; raises `MalformedError`.

    It is cached, since many requirements are judged on one answer, so the caller must not change it.
    """
    value, error = (_cached_large if len(body) >= LARGE else _cached)(body)
    if error:
        raise MalformedError(error)
    return value


def _read(body: bytes) -> tuple[Any, str]:
    """Return the value and an empty text, or None and why there is no value."""
    if body.startswith(GZIP):
        return None, "compressed with gzip, and not labelled so"
    try:
        return _parsed(body.decode()), ""
    except UnicodeDecodeError as error:
        cut = error.end == len(body) and error.reason == "unexpected end of data"
        return None, f"byte {error.start} is {'the last one, within a character' if cut else 'not UTF-8'}"
    except MalformedError as error:
        return None, str(error)
    except ValueError as error:
        return None, _described(error, body)
    except RecursionError:
        return None, "nested too deeply"


def _described(error: ValueError, body: bytes) -> str:
    """Return why a body is not JSON; Python's parser says little about a text that does not resemble it."""
    text = body[:KEPT].decode(errors="replace").strip(BLANKS)
    if not text:
        return "no JSON: blanks alone" if body else "no JSON: the body is empty"
    place = getattr(error, "pos", None)
    if place is not None and (text[0] not in "{[" or not body.decode()[:place].strip(BLANKS)):
        return f"not JSON: the text {text!r}"
    return f"not JSON: {error}"


_cached = functools.lru_cache(maxsize=16)(_read)
_cached_large = functools.lru_cache(maxsize=1)(_read)


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    value = json.loads(
        text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number, parse_int=_number
    )
    _check_depth(value)
    if "\\u" not in text:
        return value
    # Half of a surrogate pair is within the grammar (RFC 8259, section 8.2), but cannot be encoded.
    return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(DEPTH):
        level = [
            member
            for outer in level
            if isinstance(outer, (dict, list))
            for member in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise MalformedError(f"nested more than {DEPTH} deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        times = Counter(name for name, _ in pairs)
        raise MalformedError(f"duplicate name {next(name for name in value if times[name] > 1)!r}")
    return value


def _number(text: str) -> float:
    """Convert a number; one that is out of range, which JSON allows, becomes the largest float."""
    if text.lstrip("-").isdecimal() and len(text) < DIGITS:
        return int(text)
    return min(max(float(text), -sys.float_info.max), sys.float_info.max)


def _constant(name: str) -> None:
    raise MalformedError(f"{name} is not a JSON value")
