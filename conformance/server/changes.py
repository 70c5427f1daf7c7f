"""Changes of the mock that are switched on by name: what faults and variants have in common."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from conformance.server.pipeline import Pipeline

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext

__all__ = ["PipelineChange", "Rebuilding", "Rewriting", "UnknownChangeError", "enter", "rewriting", "summary"]

Rewriting = Callable[["RequestContext", "Answer"], "Answer"]
Rebuilding = Callable[[Pipeline], Pipeline]


@dataclass(frozen=True)
class PipelineChange:
    """One way to be different.

    Attributes:
        name: What it is switched on by.
        summary: One sentence: what the server does then.
        apply: Makes a changed pipeline of another.
    """

    name: str
    summary: str
    apply: Rebuilding


C = TypeVar("C", bound=PipelineChange)


class UnknownChangeError(Exception):
    """There is no change of that name; the text is one line that lists close matches."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        close = difflib.get_close_matches(name, names, n=5, cutoff=0.4) or names
        super().__init__(f"unknown {kind} {name!r}; did you mean: {', '.join(close)}?")


def enter(registry: dict[str, C], change: C) -> None:
    """Add a change to a registry; raises `ValueError` if its name is taken."""
    if change.name in registry:
        raise ValueError(f"two {type(change).__name__.lower()}s are named {change.name!r}")
    registry[change.name] = change


def rewriting(function: Rewriting) -> Rebuilding:
    """Make what replaces steps of the pipeline of a function that rewrites answers; both have one docstring."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        return pipeline.rewritten(function)

    rebuild.__doc__ = function.__doc__
    return rebuild


def summary(function: Rebuilding) -> str:
    """Return the docstring of a function, which is the summary of its change."""
    return (function.__doc__ or "").strip()
