"""Edits of JSON documents; a document of another form is not changed, so that faults combine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext

__all__ = [
    "Edit",
    "added",
    "camel",
    "camel_case",
    "edited",
    "nested",
    "outside",
    "put",
    "renamed",
    "replaced",
    "whole",
    "without",
]

Edit = Callable[[Any], Any]
_OfObject = Callable[[dict[str, Any], str], dict[str, Any]]


def edited(edit: Edit) -> Callable[[RequestContext, Answer], Answer]:
    """Return a rewriting that edits the JSON of an answer; an answer that is not JSON is not changed."""

    def change(_context: RequestContext, answer: Answer) -> Answer:
        try:
            document = answer.json()
        except ValueError:
            return answer
        return answer.with_json(edit(document))

    return change


def whole(value: object) -> Edit:
    """Replace the document."""
    return lambda _document: value


def added(**members: object) -> Edit:
    """Add members to the outermost object, or replace them."""
    return lambda document: {**document, **members} if isinstance(document, dict) else document


def without(*path: str) -> Edit:
    """Remove a member."""
    return _at(path, lambda holder, name: {key: value for key, value in holder.items() if key != name})


def put(*path: str, value: object) -> Edit:
    """Change the value of a member."""
    return _at(path, lambda holder, name: {**holder, name: value})


def replaced(*path: str, text: Callable[[str], object]) -> Edit:
    """Compute the value of a member from its present value, if that is a string."""

    def change(holder: dict[str, Any], name: str) -> dict[str, Any]:
        return {**holder, name: text(holder[name])} if isinstance(holder[name], str) else holder

    return _at(path, change)


def renamed(*path: str, to: str) -> Edit:
    """Rename a member."""
    return _at(path, lambda holder, name: {to if key == name else key: value for key, value in holder.items()})


def camel(*path: str) -> Edit:
    """Rename a member to camel case."""
    return renamed(*path, to=camel_case(path[-1]))


def camel_case(name: str) -> str:
    """Return a name in camel case, capitalized if it is a single word."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others)) if others else first.capitalize()


def nested(*path: str, inside: str) -> Edit:
    """Move a member into a new object beside the other members."""

    def change(holder: dict[str, Any], name: str) -> dict[str, Any]:
        others = {key: value for key, value in holder.items() if key != name}
        return {**others, inside: {name: holder[name]}}

    return _at(path, change)


def outside(outer: str, name: str) -> Edit:
    """Move a member out of an object, so that it is beside that object."""

    def edit(document: object) -> object:
        holder = document.get(outer) if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(holder, dict) or name not in holder:
            return document
        return {**document, outer: without(name)(holder), name: holder[name]}

    return edit


def _at(path: tuple[str, ...], change: _OfObject) -> Edit:
    """Return an edit of the object that has the last name of the path."""
    name, *rest = path

    def edit(document: object) -> object:
        if not isinstance(document, dict) or name not in document:
            return document
        if rest:
            return {**document, name: _at(tuple(rest), change)(document[name])}
        return change(document, name)

    return edit
