"""A family of faults: a member of an answer that is missing, misplaced, or of a wrong type or length.

The last word of a fault's name says what is wrong, as in `job-msg-null`. An area registers only some mistakes for each
member, since all mistakes in all members would be the same few many times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.mock.faults.documents import Edit, camel, camel_case, edited, nested, outside, put, whole, without
from conformance.mock.faults.registry import answer_fault

if TYPE_CHECKING:
    from conformance.mock.faults.conditions import When

__all__ = ["member_faults"]

TYPES: dict[str, tuple[str, object]] = {
    "null": ("null", None),
    "number": ("a number", 1),
    "boolean": ("a boolean", True),
    "array": ("an array", []),
    "object": ("an object", {}),
    "string": ("a string", "text"),
}
"""Each type of JSON with its article, and a value of it."""


def member_faults(member: str, breaks: str, when: When, path: tuple[str, ...], names: str) -> None:
    """Register faults in one member of an answer, or in the whole document.

    Args:
        member: How summaries call the member, such as "the error_code of a 401".
        breaks: ID of the requirement that all of the faults violate.
        when: The answers that they change.
        path: Names that lead to the member; empty for the whole document.
        names: Names of the faults, separated by blanks. The last word of each names its mistake, see `_mistake`.
    """
    for name in names.split():
        summary, edit = _mistake(member, path, name.rpartition("-")[2])
        answer_fault(name, breaks, summary, when, edited(edit))


def _mistake(member: str, path: tuple[str, ...], kind: str) -> tuple[str, Edit]:
    """Return the summary of a mistake, and the edit that makes it."""
    if kind.isdecimal():
        text = "DRS.10000001" * (int(kind) // 12 + 1)
        plural = "" if kind == "1" else "s"
        return f"Send {member} with {kind} character{plural}.", put(*path, value=text[: int(kind)])
    if kind in TYPES:
        phrase, value = TYPES[kind]
        return f"Send {member} as {phrase}.", put(*path, value=value) if path else whole(value)
    return {
        "missing": (f"Omit {member}.", without(*path)),
        "camel": (f"Send {member} under the name {camel_case(path[-1])}.", camel(*path)),
        "nested": (f"Send {member} inside an object data.", nested(*path, inside="data")),
        "outside": (f"Send {member} beside job instead of inside it.", outside("job", path[-1])),
    }[kind]
