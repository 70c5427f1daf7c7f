"""Plays the steps of a run in their own order. pytest may run the tests in any order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.cli.check import finish, handling_interrupts
from conformance.engine.abort import Abort
from conformance.exchange.verdicts import ExitCode, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.cli.progress import Progress
    from conformance.engine.run import Run

__all__ = ["Player"]


class Player:
    """Plays a run as the tests ask for its steps and its results.

    A test that needs a step plays those before it as well, so that each run sends the same requests in the same order.

    Attributes:
        run: The run.
        opened: Whether the run has been connected.
    """

    def __init__(self, run: Run, progress: Progress) -> None:
        """Play nothing yet."""
        self.run = run
        self.opened = False
        self._progress = progress
        self._left = list(run.steps)
        self._left_out: list[str] = []

    def select(self, requirements: Collection[str], steps: Collection[str]) -> None:
        """Reduce the run to these requirements; play these steps, or those that the requirements need."""
        if requirements and len(requirements) < len(self.run.selected):
            self.run.select([item.id for item in self.run.selected if item.id in requirements])
        if steps or not requirements:
            self._left_out = [name for name in self.run.steps if name not in steps]
            self.run.steps = tuple(name for name in self.run.steps if name in steps)
        self._left = list(self.run.steps)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Connect to the target, and show the progress, while the block runs."""
        with handling_interrupts(self.run), self._progress.shown(), self.run:
            self.opened = True
            yield

    def play(self, name: str) -> None:
        """Play a step, and those before it, unless they have been played."""
        while name in self._left:
            for event in self.run.play(self._left.pop(0)):
                self._progress.show(event)
        self._raise_interrupt()

    def skip_reason(self, name: str) -> str:
        """Return why a step was not played, or not to its end; empty if it was."""
        if name in self.run.skip_reasons:
            return self.run.skip_reasons[name]
        return self.run.abort.reason if self.run.abort is not None else ""

    def conclude(self) -> None:
        """Play all steps that are left, and confirm the violations."""
        if self._left:
            self.play(self._left[-1])
        self.run.conclude()
        self._raise_interrupt()

    def finish(self) -> int:
        """Write the reports and print the verdict; return the exit code."""
        if not self.opened:
            return ExitCode.INTERRUPTED if self.run.interrupted else ExitCode.ERROR
        if self.run.abort is None and (self._left or self._left_out):
            reason = f"stopped before {self._left[0]} was played" if self._left else f"left out {self._left_out[0]}"
            self.run.abort = Abort(Verdict.INCONCLUSIVE, f"pytest {reason}")
        return finish(self.run)

    def _raise_interrupt(self) -> None:
        """Raise the interrupt that the run has handled, for pytest."""
        if self.run.interrupted:
            raise KeyboardInterrupt
