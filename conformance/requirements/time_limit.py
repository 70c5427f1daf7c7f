"""A limit on the processor time that an answer takes to be judged, so that no answer stops a run.

The steps of judging take time in proportion to the size of an answer, of which the transport limits the size. This
limit is for a step that does not after all. A timer of the operating system ticks while an answer is judged; a
requirement on which it ticks twice is not judged, and neither are the others once it has ticked `TICKS_PER_ANSWER`
times.

The timer interrupts Python code and regular expressions. It does not interrupt any other call into C, such as the
decoding of a text, which then ends first. It works on the main thread alone, where runs judge, and on every system but
Windows; elsewhere there is no limit.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TICKS_PER_ANSWER", "TICK_SECONDS", "Limit", "TooLongError", "limited"]

TICK_SECONDS = 1.0
"""Seconds of processor time between two ticks. An answer of the maximum size takes less than one to be judged."""
TICKS_PER_ANSWER = 3


class TooLongError(Exception):
    """Judging takes too long; the message says what."""


class Limit:
    """The limit on judging one answer."""

    def __init__(self) -> None:
        """Start with no task and no tick."""
        self._ticks = 0
        self._task = ""
        self._seen = ""

    def begin(self, task: str) -> None:
        """Begin a task, which has a name of its own; from now on, `tick` may raise `TooLongError`."""
        if self._ticks >= TICKS_PER_ANSWER:
            raise TooLongError(f"all checks together took longer than {TICK_SECONDS * TICKS_PER_ANSWER:g} s")
        self._task = task

    def end(self) -> None:
        """End the task."""
        self._task = ""

    def tick(self, *_: object) -> None:
        """Raise `TooLongError` if the task has seen an earlier tick, which ends it."""
        self._ticks += 1
        task, seen = self._task, self._seen
        self._seen = task
        if task and task == seen:
            self._task = ""
            raise TooLongError(f"the check took longer than {TICK_SECONDS:g} s")


@contextmanager
def limited() -> Iterator[Limit]:
    """Limit the judging of one answer, in the block."""
    limit = Limit()
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield limit
        return
    former = signal.signal(signal.SIGVTALRM, limit.tick)
    signal.setitimer(signal.ITIMER_VIRTUAL, TICK_SECONDS, TICK_SECONDS)
    try:
        yield limit
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former or signal.SIG_DFL)
