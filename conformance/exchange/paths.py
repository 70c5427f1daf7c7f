"""Paths: filling an operation's template, and the operations that a server may take a path for."""

from __future__ import annotations

import functools
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.spec.openapi import Operation

__all__ = ["PathTable", "Reached", "normalised", "path", "with_batch_id"]


@dataclass(frozen=True)
class Reached:
    """An operation that a server may take a request for.

    Attributes:
        operation: The operation.
        batch_id: The ID of the batch that the request names then, decoded; empty if there is none.
        plain: Whether each parameter in the path has only letters, digits, `_`, `~` and `-`, which every server reads
            alike.
    """

    operation: Operation
    batch_id: str
    plain: bool


class PathTable:
    """The path templates of operations."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        """Compile the template of each operation."""
        self._templates = tuple((_pattern(operation.template), operation) for operation in operations)

    def match(self, path: str, method: str) -> tuple[Operation | None, dict[str, str]]:
        """Return the operation whose path this is, and its decoded parameters; None and no parameters if there is none.

        Of the operations of a path, the one with the method comes first.
        """
        found = [(operation, match) for pattern, operation in self._templates if (match := pattern.fullmatch(path))]
        if not found:
            return None, {}
        operation, match = min(found, key=lambda pair: pair[0].method != method)
        return operation, {name: unquote(value) for name, value in match.groupdict().items()}

    def match_spelling(self, path: str) -> dict[str, str] | None:
        """Return the parameters of a path that is another spelling of an operation's path; None if it is not."""
        for pattern, _ in self._templates:
            match = re.fullmatch(pattern.pattern, normalised(path), re.IGNORECASE)
            if match:
                return match.groupdict()
        return None

    def reached(self, path: str, method: str) -> tuple[Reached, ...]:
        """Return the operations that a server may take a request for, by any way of reading the path."""
        return _reached(self._templates, path, method)


def normalised(path: str) -> str:
    """Return a path as a lenient server reads it: decoded, and without empty segments."""
    return re.sub("/+", "/", unquote(path)).rstrip("/")


def _careless(path: str) -> str:
    """Return a path as the most careless server reads it: decoded until nothing is left to decode, and resolved."""
    while (plain := unquote(path)) != path:
        path = plain
    path = re.split("[?#]", path.replace("\\", "/"), maxsplit=1)[0]
    segments = (segment.partition(";")[0].strip() for segment in path.split("/"))
    return posixpath.normpath("/" + "/".join(segments).lstrip("/"))


# Cached, as a process may check many servers with the same requests.
@functools.lru_cache(maxsize=4096)
def _reached(templates: tuple[tuple[re.Pattern[str], Operation], ...], path: str, method: str) -> tuple[Reached, ...]:
    found: dict[Reached, None] = {}
    for reading in (path, normalised(path), _careless(path)):
        for pattern, operation in templates:
            bare = pattern.pattern.removesuffix("/")
            match = operation.method == method and (
                pattern.fullmatch(reading) or re.fullmatch(bare, reading.rstrip("/"), re.IGNORECASE)
            )
            if match:
                values = [unquote(value) for value in match.groups()]
                batch_id = unquote(match.groupdict().get("async_job_id", ""))
                plain = all(re.fullmatch(r"[A-Za-z0-9_~-]+", value) for value in values)
                found[Reached(operation, batch_id, plain)] = None
    return tuple(found)


def path(operation: Operation, **values: str) -> str:
    """Fill an operation's path template, percent-encoding each value as one segment (RFC 3986, section 3.3)."""
    return re.sub(r"\{(\w+)\}", lambda match: quote(values[match[1]], safe=""), operation.template)


def with_batch_id(target: str, old: str, new: str) -> str:
    """Return a target with the new batch ID in each segment of its path that is the old one once decoded."""
    path, mark, query = target.partition("?")
    segments = (quote(new, safe="") if unquote(segment) == old else segment for segment in path.split("/"))
    return "/".join(segments) + mark + query


def _pattern(template: str) -> re.Pattern[str]:
    pattern, names = "", set[str]()
    for index, part in enumerate(re.split(r"\{([^{}]*)\}", template)):
        if index % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P<{part}>[^/]+)" if part.isidentifier() and part not in names else "([^/]+)"
            names.add(part)
    return re.compile(pattern)
