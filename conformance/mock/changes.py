"""Changes of the mock that are enabled by name: the common part of faults and variants."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from conformance.mock.pipeline import Pipeline

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext

__all__ = ["PipelineChange", "Rebuilding", "Rewriting", "UnknownChangeError", "enter", "rewriting", "summary"]

Rewriting = Callable[["RequestContext", "Answer"], "Answer"]
Rebuilding = Callable[[Pipeline], Pipeline]


@dataclass(frozen=True)
class PipelineChange:
    """One change of the pipeline.

    Attributes:
        name: The name that enables it.
        summary: One sentence that describes what the server then does.
        apply: Returns a changed copy of a pipeline.
    """

    name: str
    summary: str
    apply: Rebuilding


C = TypeVar("C", bound=PipelineChange)


class UnknownChangeError(Exception):
    """No change has this name; the message is one line that lists close matches."""

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
    """Return a change of the pipeline that rewrites answers by a function; it gets the docstring of the function."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        return pipeline.rewritten(function)

    rebuild.__doc__ = function.__doc__
    return rebuild


def summary(function: Rebuilding) -> str:
    """Return the docstring of a function, which is the summary of the change."""
    return (function.__doc__ or "").strip()
