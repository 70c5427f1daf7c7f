"""Faults that depend on what went before: they show every tenth time, say, or after something has happened."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from conformance.server.faults.conditions import When, refused, status, succeeded
from conformance.server.faults.documents import edited, put, replaced, without
from conformance.server.faults.registry import step_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.answers import Answer
    from conformance.server.changes import Rewriting
    from conformance.server.pipeline import Pipeline, RequestContext


def _now_and_then(name: str, breaks: str, summary: str, shows: Callable[[], When], change: Rewriting) -> None:
    """Register a fault whose condition remembers; each time that it is switched on, it begins anew."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        when = shows()

        def rewrite(context: RequestContext, answer: Answer) -> Answer:
            return change(context, answer) if when(context, answer) else answer

        return pipeline.rewritten(rewrite)

    rebuild.__doc__ = summary
    step_fault(name, breaks=(breaks,))(rebuild)


def _every(number: int, when: When) -> Callable[[], When]:
    """Count the answers for which a condition holds, and hold for each tenth of them, say."""

    def shows() -> When:
        lock, counter = threading.Lock(), itertools.count(1)

        def shown(context: RequestContext, answer: Answer) -> bool:
            if not when(context, answer):
                return False
            with lock:
                return next(counter) % number == 0

        return shown

    return shows


def _after(event: When, when: When) -> Callable[[], When]:
    """Hold where a condition does, once something has happened."""

    def shows() -> When:
        happened = threading.Event()

        def shown(context: RequestContext, answer: Answer) -> bool:
            if event(context, answer):
                happened.set()
            return happened.is_set() and when(context, answer)

        return shown

    return shows


_now_and_then(
    "error-code-11-every-tenth-time",
    "ERR-003",
    "Every tenth refusal has an error_code of 11 characters.",
    _every(10, refused),
    edited(replaced("error_code", text=lambda text: text[:-1])),
)
_now_and_then(
    "job-status-null-every-third-time",
    "RES-005",
    "Every third result has a status that is null.",
    _every(3, succeeded),
    edited(put("job", "status", value=None)),
)
_now_and_then(
    "gateway-msg-missing-every-second-time",
    "GATE-001",
    "Every second 401 has no error_msg.",
    _every(2, status(401)),
    edited(without("error_msg")),
)
_now_and_then(
    "job-msg-missing-after-a-401",
    "RES-006",
    "Once a call was refused with 401, results have no msg.",
    _after(status(401), succeeded),
    edited(without("job", "msg")),
)
_now_and_then(
    "error-msg-null-after-a-result",
    "ERR-004",
    "Once a batch was committed, error_msg is null.",
    _after(succeeded, refused),
    edited(put("error_msg", value=None)),
)
