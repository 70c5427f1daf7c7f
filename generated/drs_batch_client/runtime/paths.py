"""Segments of a path."""

from __future__ import annotations

from urllib.parse import quote

__all__ = ["check_segment", "segment"]

# The HTTP library resolves dot segments, and servers do so even if they are percent-encoded.
_NOT_A_SEGMENT = ("", ".", "..")


def check_segment(name: str, value: str) -> None:
    """Check a value that becomes a segment of a path.

    Raises:
        TypeError: It is not a str.
        ValueError: It would lead to another path.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers may not check types
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if value in _NOT_A_SEGMENT:
        raise ValueError(f"{name} must not be {value!r}, which would lead to another path")


def segment(name: str, value: str) -> str:
    """Return a value as one segment of a path, with anything else than unreserved characters percent-encoded.

    Raises:
        TypeError: The value is not a str.
        ValueError: It would lead to another path, or has half of a surrogate pair.
    """
    check_segment(name, value)
    return quote(value, safe="")
