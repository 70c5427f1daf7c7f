"""Faults whose condition has a state: they show every tenth time, or only after some event."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from conformance.mock.faults.conditions import When
from conformance.mock.faults.registry import pipeline_fault

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.changes import Rewriting
    from conformance.mock.pipeline import Pipeline, RequestContext

__all__ = ["Memory", "after", "every", "stateful_fault"]

Kept = TypeVar("Kept")

MAX_KEYS = 1000

Fresh = Callable[[], When]
"""Returns a condition in its initial state."""


class Memory(Generic[Kept]):
    """What a fault keeps for paths or IDs: for the last 1000, and of each its hash alone; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, Kept] = {}

    def get(self, key: str | bytes) -> Kept | None:
        """Return what is kept for a key."""
        return self._kept.get(hash(key))

    def setdefault(self, key: str | bytes, value: Kept) -> Kept:
        """Keep a value for a key unless there is one; return the one that is kept."""
        with self._lock:
            kept = self._kept.setdefault(hash(key), value)
            if len(self._kept) > MAX_KEYS:
                del self._kept[next(iter(self._kept))]
            return kept


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
