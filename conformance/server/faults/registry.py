"""Named faults: each makes the mock break a requirement, which proves that the suite notices that."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.server.changes import PipelineChange, UnknownChangeError, enter, rewriting, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.server.answers import Answer
    from conformance.server.changes import Rebuilding, Rewriting
    from conformance.server.faults.conditions import When
    from conformance.server.pipeline import Pipeline, RequestContext

__all__ = ["FAULTS", "Fault", "Switchboard", "UnknownFaultError", "answer_fault", "fault", "step_fault"]


@dataclass(frozen=True)
class Fault(PipelineChange):
    """One way to be wrong.

    Attributes:
        name: What it is switched on by.
        summary: One sentence: what the server does then.
        apply: Makes a faulty pipeline of a sound one.
        breaks: IDs of the requirements that it violates.
    """

    breaks: tuple[str, ...]


FAULTS: dict[str, Fault] = {}
"""All faults by name, in the order of definition."""


class UnknownFaultError(UnknownChangeError):
    """There is no fault of that name; the text is one line that lists close matches."""

    def __init__(self, name: str) -> None:
        super().__init__("fault", name, FAULTS)


def step_fault(name: str, *, breaks: tuple[str, ...]) -> Callable[[Rebuilding], Rebuilding]:
    """Register a function that replaces a step of the pipeline; its docstring is the fault's summary."""

    def register(function: Rebuilding) -> Rebuilding:
        enter(FAULTS, Fault(name, summary(function), function, breaks))
        return function

    return register


def fault(name: str, *, breaks: tuple[str, ...]) -> Callable[[Rewriting], Rewriting]:
    """Register a function that rewrites answers; its docstring is the fault's summary."""

    def register(function: Rewriting) -> Rewriting:
        step_fault(name, breaks=breaks)(rewriting(function))
        return function

    return register


def answer_fault(name: str, breaks: str, summary: str, when: When, change: Rewriting) -> None:
    """Register a fault that changes the answers for which a condition holds."""

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        return change(context, answer) if when(context, answer) else answer

    rewrite.__doc__ = summary
    fault(name, breaks=(breaks,))(rewrite)


class Switchboard:
    """Holds the pipeline in use: the sound one, with the faults applied that are switched on."""

    def __init__(self, sound: Pipeline, names: Iterable[str] = ()) -> None:
        """Start with some faults switched on; raises `UnknownFaultError`."""
        self._sound = sound
        self._lock = threading.Lock()
        self._state: tuple[tuple[str, ...], Pipeline] = ((), sound)
        self.switch(names)

    @property
    def names(self) -> tuple[str, ...]:
        """The faults that are switched on."""
        return self._state[0]

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline in use; a request takes it once, so that switching never changes a request halfway."""
        return self._state[1]

    def switch(self, names: Iterable[str]) -> None:
        """Switch these faults on and all others off, in this order; raises `UnknownFaultError`, changing nothing."""
        chosen = tuple(dict.fromkeys(names))
        pipeline = self._sound
        for name in chosen:
            if name not in FAULTS:
                raise UnknownFaultError(name)
            pipeline = FAULTS[name].apply(pipeline)
        with self._lock:
            self._state = (chosen, pipeline)
