"""Named faults: each makes the mock break a requirement, which proves that the suite notices that."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.server.pipeline import Pipeline

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.faults.conditions import When
    from conformance.server.pipeline import Exchange

__all__ = ["FAULTS", "Fault", "Switchboard", "UnknownFaultError", "answer_fault", "fault", "step_fault"]

Rewriting = Callable[["Exchange", "Answer"], "Answer"]
Rebuilding = Callable[[Pipeline], Pipeline]


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    Attributes:
        name: What it is switched on by.
        breaks: IDs of the requirements that it violates.
        summary: One sentence: what the server does then.
        apply: Makes a faulty pipeline of a sound one.
    """

    name: str
    breaks: tuple[str, ...]
    summary: str
    apply: Rebuilding


FAULTS: dict[str, Fault] = {}
"""All faults by name, in the order of definition."""


class UnknownFaultError(Exception):
    """There is no fault of that name; the text is one line that lists close matches."""

    def __init__(self, name: str) -> None:
        close = difflib.get_close_matches(name, FAULTS, n=5, cutoff=0.4) or sorted(FAULTS)
        super().__init__(f"unknown fault {name!r}; did you mean: {', '.join(close)}?")


def step_fault(name: str, *, breaks: tuple[str, ...]) -> Callable[[Rebuilding], Rebuilding]:
    """Register a function that replaces a step of the pipeline; its docstring is the fault's summary."""

    def register(function: Rebuilding) -> Rebuilding:
        if name in FAULTS:
            raise ValueError(f"two faults are named {name!r}")
        FAULTS[name] = Fault(name, breaks, (function.__doc__ or "").strip(), function)
        return function

    return register


def fault(name: str, *, breaks: tuple[str, ...]) -> Callable[[Rewriting], Rewriting]:
    """Register a function that rewrites answers; its docstring is the fault's summary."""

    def register(function: Rewriting) -> Rewriting:
        def rebuild(pipeline: Pipeline) -> Pipeline:
            return pipeline.rewritten(function)

        rebuild.__doc__ = function.__doc__
        step_fault(name, breaks=breaks)(rebuild)
        return function

    return register


def answer_fault(name: str, breaks: str, summary: str, when: When, change: Rewriting) -> None:
    """Register a fault that changes the answers for which a condition holds."""

    def rewrite(exchange: Exchange, answer: Answer) -> Answer:
        return change(exchange, answer) if when(exchange, answer) else answer

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
