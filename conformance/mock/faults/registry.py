"""The registry of faults, the functions that add to it, and the switchboard that applies faults to the mock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.mock.changes import PipelineChange, UnknownChangeError, enter, rewriting, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.mock.answers import Answer
    from conformance.mock.changes import Rebuilding, Rewriting
    from conformance.mock.faults.conditions import When
    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.wire import Wire

__all__ = [
    "FAULTS",
    "Fault",
    "Switchboard",
    "UnknownFaultError",
    "answer_fault",
    "fault",
    "pipeline_fault",
    "step_fault",
    "wire_fault",
]


@dataclass(frozen=True)
class Fault(PipelineChange):
    """One way to violate a requirement.

    Attributes:
        name: The name that switches it on.
        summary: One imperative sentence: what the server does with the fault.
        apply: Returns a faulty pipeline for a conforming one.
        breaks: IDs of the requirements that it violates.
        wire: Whether the server then sends something other than well-formed HTTP, which needs a socket.
    """

    breaks: tuple[str, ...]
    wire: bool = False


FAULTS: dict[str, Fault] = {}
"""All faults by name, in the order of registration."""


class UnknownFaultError(UnknownChangeError):
    """No fault has this name; the message is one line that lists close matches."""

    def __init__(self, name: str) -> None:
        super().__init__("fault", name, FAULTS)


def pipeline_fault(name: str, breaks: str, summary: str, rebuild: Rebuilding, *, wire: bool = False) -> None:
    """Register a fault that replaces steps of the pipeline."""
    enter(FAULTS, Fault(name, summary, rebuild, (breaks,), wire))


def answer_fault(name: str, breaks: str, summary: str, when: When, change: Rewriting, *, wire: bool = False) -> None:
    """Register a fault that changes the answers for which a condition holds."""

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        return change(context, answer) if when(context, answer) else answer

    pipeline_fault(name, breaks, summary, rewriting(rewrite), wire=wire)


def wire_fault(name: str, breaks: str, summary: str, when: When, wire: Wire) -> None:
    """Register a fault that sends other octets than those of the answer, if a condition holds."""
    answer_fault(name, breaks, summary, when, lambda _context, answer: replace(answer, wire=wire), wire=True)


def step_fault(name: str, *, breaks: tuple[str, ...]) -> Callable[[Rebuilding], Rebuilding]:
    """Register a function that replaces steps of the pipeline; its docstring is the fault's summary."""

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


class Switchboard:
    """The pipeline in use: the conforming one with the faults applied that are switched on."""

    def __init__(self, conforming: Pipeline, names: Iterable[str] = ()) -> None:
        """Switch on these faults; raises `UnknownFaultError`."""
        self._conforming = conforming
        self._lock = threading.Lock()
        self._state: tuple[tuple[str, ...], Pipeline] = ((), conforming)
        self.switch(names)

    @property
    def names(self) -> tuple[str, ...]:
        """The faults that are switched on."""
        return self._state[0]

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline in use; a request reads it once, so that switching never changes a request halfway."""
        return self._state[1]

    def switch(self, names: Iterable[str]) -> None:
        """Switch these faults on, in this order, and all others off; on `UnknownFaultError` nothing changes."""
        chosen = tuple(dict.fromkeys(names))
        pipeline = self._conforming
        for name in chosen:
            if name not in FAULTS:
                raise UnknownFaultError(name)
            pipeline = FAULTS[name].apply(pipeline)
        with self._lock:
            self._state = (chosen, pipeline)
