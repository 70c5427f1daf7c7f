"""Faults whose condition has a state: they show every tenth time, or only after some event."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from conformance.mock.faults.conditions import When
from conformance.mock.faults.registry import pipeline_fault

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.changes import Rewriting
    from conformance.mock.pipeline import Pipeline, RequestContext

__all__ = ["after", "every", "stateful_fault"]

Fresh = Callable[[], When]
"""Returns a condition in its initial state."""


def stateful_fault(name: str, breaks: str, summary: str, fresh: Fresh, change: Rewriting) -> None:
    """Register a fault whose condition starts in its initial state each time that the fault is switched on."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        when = fresh()

        def rewrite(context: RequestContext, answer: Answer) -> Answer:
            return change(context, answer) if when(context, answer) else answer

        return pipeline.rewritten(rewrite)

    pipeline_fault(name, breaks, summary, rebuild)


def every(number: int, when: When) -> Fresh:
    """Count the answers for which a condition holds, and hold for those whose count is a multiple of the number."""

    def fresh() -> When:
        lock, counter = threading.Lock(), itertools.count(1)

        def holds(context: RequestContext, answer: Answer) -> bool:
            if not when(context, answer):
                return False
            with lock:
                return next(counter) % number == 0

        return holds

    return fresh


def after(event: When, when: When) -> Fresh:
    """Hold if a condition holds, from the first event on."""

    def fresh() -> When:
        happened = threading.Event()

        def holds(context: RequestContext, answer: Answer) -> bool:
            if event(context, answer):
                happened.set()
            return happened.is_set() and when(context, answer)

        return holds

    return fresh
