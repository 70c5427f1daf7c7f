"""Edits of JSON documents; a document that is not as expected is left alone, so that faults combine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext

__all__ = [
    "Edit",
    "added",
    "camel",
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
    """Return a change of an answer that edits its JSON; an answer that is no JSON is left alone."""

    def change(_context: RequestContext, answer: Answer) -> Answer:
        try:
            document = answer.json()
        except ValueError:
            return answer
        return answer.with_json(edit(document))

    return change


def whole(value: object) -> Edit:
    """Put another value in place of the document."""
    return lambda _document: value


def added(**members: object) -> Edit:
    """Add members at the top, or replace them."""
    return lambda document: {**document, **members} if isinstance(document, dict) else document


def without(*path: str) -> Edit:
    """Leave a member out."""
    return _at(path, lambda holder, name: {key: value for key, value in holder.items() if key != name})


def put(*path: str, value: object) -> Edit:
    """Give a member another value."""
    return _at(path, lambda holder, name: {**holder, name: value})


def replaced(*path: str, text: Callable[[str], object]) -> Edit:
    """Make another value of a member that is a text."""

    def change(holder: dict[str, Any], name: str) -> dict[str, Any]:
        return {**holder, name: text(holder[name])} if isinstance(holder[name], str) else holder

    return _at(path, change)


def renamed(*path: str, to: str) -> Edit:
    """Call a member something else."""
    return _at(path, lambda holder, name: {to if key == name else key: value for key, value in holder.items()})


def camel(*path: str) -> Edit:
    """Call a member by its name in camel case, or capitalized where that is the same."""
    first, *others = path[-1].split("_")
    return renamed(*path, to=first + "".join(map(str.capitalize, others)) if others else first.capitalize())


def nested(*path: str, inside: str) -> Edit:
    """Put a member into an object beside the others."""

    def change(holder: dict[str, Any], name: str) -> dict[str, Any]:
        others = {key: value for key, value in holder.items() if key != name}
        return {**others, inside: {name: holder[name]}}

    return _at(path, change)


def outside(outer: str, name: str) -> Edit:
    """Take a member out of an object and put it beside that."""

    def edit(document: object) -> object:
        holder = document.get(outer) if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(holder, dict) or name not in holder:
            return document
        return {**document, outer: without(name)(holder), name: holder[name]}

    return edit


def _at(path: tuple[str, ...], change: _OfObject) -> Edit:
    """Return an edit of the object that holds the last name of the path."""
    name, *rest = path

    def edit(document: object) -> object:
        if not isinstance(document, dict) or name not in document:
            return document
        if rest:
            return {**document, name: _at(tuple(rest), change)(document[name])}
        return change(document, name)

    return edit
