"""Reading of files that others may have written: reports, findings, known deviations and files of targets.

Everything that such a file can cost is bounded: what kind of file it is, its size, the number of its values, the depth
of its nesting and the length of its integers. Each fault is a `ConfigurationError` of one line with the place, the
fault and the remedy.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import tomllib
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from conformance.errors import ConfigurationError
from conformance.spec import yaml_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "LARGEST",
    "LONGEST_INTEGER",
    "LONGEST_QUOTE",
    "brief",
    "parse_json",
    "read_bytes",
    "read_text",
    "read_toml",
    "read_yaml",
]

LARGEST = 8 * 1024 * 1024
"""Maximum size in bytes of a report or a finding; a run on the faultiest server writes a tenth of it."""
LARGEST_BY_HAND = 256 * 1024
"""Maximum size in bytes of a file that people write."""
DEEPEST = 32
"""Maximum depth of nesting; a report needs nine levels."""
LONGEST_INTEGER = 20
"""Maximum number of digits of an integer, enough for one of 64 bits."""
LONGEST_QUOTE = 60
"""Maximum of characters of a file that a message quotes."""
MOST_DOTS = 100
"""Maximum number of dots on a line of TOML; the time of its parser is quadratic in the parts of a dotted key."""

MOST_MARKS = 250_000
"""Maximum number of texts, commas and opening brackets in JSON; a run on the faultiest server writes a quarter."""

MARK = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{,]', re.DOTALL)
SURROGATE = re.compile("[\ud800-\udfff]")


def brief(value: object) -> str:
    """Return a value of a file as a message quotes it."""
    text = repr(value[:LONGEST_QUOTE] if isinstance(value, str) else value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."


def read_bytes(path: Path, largest: int, *, regular: bool = True) -> bytes:
    """Return the content of a file, unless it is larger or, with `regular`, no regular file.

    Raises:
        OSError: It cannot be read.
    """
    # Without O_NONBLOCK, to open a FIFO would wait until somebody writes to it.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) if regular else 0
    try:
        descriptor = os.open(path, os.O_RDONLY | flags | getattr(os, "O_BINARY", 0))
    except ValueError as error:  # a path with a NUL
        raise OSError(str(error)) from None
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        if regular and not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("not a regular file")
        content = file.read(largest + 1)
    if content is None:  # some files of the system that are said to be regular would wait for more
        raise OSError("nothing to read now")
    if len(content) > largest:
        raise OSError(f"larger than {largest // 1024} KiB")
    return content


def read_text(path: Path, place: object, largest: int = LARGEST, *, regular: bool = True) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Args:
        path: The file.
        place: What to name in messages: the path, or an option and the path.
        largest: Maximum size in bytes.
        regular: Whether to refuse pipes and devices.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    try:
        content = read_bytes(path, largest, regular=regular)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise ConfigurationError(f"{place}: cannot be read: {reason}; check the path") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{place}: is not UTF-8; save it in that encoding") from None


def parse_json(text: str, place: object) -> Any:  # noqa: ANN401 - JSON can have any value
    """Return the value of a JSON document; raises `ConfigurationError`."""
    with _parsing(place, "JSON"):
        # Before they are made: a value of two octets takes a hundred in memory.
        if next(islice(MARK.finditer(text), MOST_MARKS, None), None):
            raise ValueError("it has too many values")
        return _bounded(json.loads(text, parse_int=_integer, parse_float=_finite, parse_constant=_finite))


def read_yaml(path: Path, place: object) -> Any:  # noqa: ANN401 - lists and mappings of texts, in any shape
    """Return the value of a YAML document without aliases, in which each scalar is a text; raises `ConfigurationError`.

    So no text becomes a number, a date or a Boolean value.
    """
    text = read_text(path, place, LARGEST_BY_HAND)
    with _parsing(place, "YAML"):
        return _bounded(yaml_files.parse_texts(text, DEEPEST))


def read_toml(path: Path, place: object) -> dict[str, Any]:
    """Return the value of a TOML document; raises `ConfigurationError`."""
    text = read_text(path, place, LARGEST_BY_HAND)
    with _parsing(place, "TOML"):
        if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
            raise ValueError(f"a line has more than {MOST_DOTS} dots")
        document = tomllib.loads(text)
        _bounded(document)
        return document


@contextmanager
def _parsing(place: object, language: str) -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise ConfigurationError(f"{place}: is not valid {language}: it is nested too deeply; correct it") from None
    except (ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[: 4 * LONGEST_QUOTE]
        raise ConfigurationError(f"{place}: is not valid {language}: {reason}; correct it") from None


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError(f"an integer has more than {LONGEST_INTEGER} digits")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


def _bounded(document: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value; raises `ValueError` for one that is nested deeply, and for a text or an integer out of bounds."""
    level = [document]
    for _ in range(DEEPEST + 1):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and SURROGATE.search(value):
                raise ValueError("a text has half a character, a lone surrogate")
            elif isinstance(value, int) and abs(value) >= 10**LONGEST_INTEGER:
                raise ValueError(f"an integer has more than {LONGEST_INTEGER} digits")
        if not below:
            return document
        level = below
    raise ValueError(f"it is nested deeper than {DEEPEST} levels")
