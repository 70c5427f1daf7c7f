"""The progress of a run, on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from rich import progress
from rich.text import Text

from conformance.engine.events import ScenarioEnded, ScenarioStarted, ViolationFound
from conformance.reports.console import PlainConsole
from conformance.reports.rows import plural
from conformance.spec.catalogue import Level
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from conformance.engine.events import Event
    from conformance.engine.run import Run

__all__ = ["Progress", "Stream"]


class Progress:
    """The progress of a run: a line that is rewritten on a terminal, else a line for each completed scenario or phase.

    The first violation of a MUST is printed on its own line.
    """

    def __init__(self, run: Run, *, alone: bool = True) -> None:
        """Create the progress of a run; print nothing yet.

        Args:
            run: The run.
            alone: Whether nothing else, such as pytest, reports progress on this terminal.
        """
        self._run = run
        self._console = StatusConsole(file=cast("IO[str]", Stream(sys.stderr)), highlight=False, soft_wrap=True)
        self._alone = alone
        self._must = {requirement.id: requirement for requirement in run.selected if requirement.level is Level.MUST}
        self._violated = False
        self._number = 0
        self._bar: progress.Progress | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the progress on a terminal until the end of the block."""
        if not self._rewritable:
            yield
            return
        run = self._run

        def facts() -> str:
            return f"{plural(run.sent, 'request')}, {plural(run.log.broken, 'violation')}"

        columns = (progress.TextColumn("{task.description}", markup=False), progress.BarColumn(10), _Column(facts))
        with progress.Progress(*columns, console=self._console, transient=True, redirect_stdout=False) as self._bar:
            self._bar.add_task(f"connecting to {printable(run.target)}", total=None)
            yield
        self._bar = None

    def show(self, event: Event) -> None:
        """Show an event."""
        if self._run.dry_run:
            return
        match event:
            case ViolationFound(requirement, exchange) if requirement in self._must and not self._violated:
                self._violated = True
                title = self._must[requirement].title
                self._print(f"first violation, after {plural(exchange.number, 'request')}: {requirement} {title}")
            case ScenarioStarted(name) if self._bar is not None:
                total = len(self._run.steps)
                self._bar.update(
                    self._bar.task_ids[0], description=self._count(name), total=total, completed=self._number
                )
            case ScenarioEnded(name, sent):
                if sent and self._bar is None:
                    broken = plural(self._run.log.broken, "violation")
                    self._print(f"{self._count(name)}: {plural(sent, 'request')}, {broken} so far")
                self._number += 1

    def _count(self, name: str) -> str:
        return f"[{self._number + 1}/{len(self._run.steps)}] {name}"

    @property
    def _rewritable(self) -> bool:
        """Return whether this is a terminal whose lines can be rewritten and whose user does not want plain output."""
        console = self._console
        return self._alone and sys.stderr.isatty() and console.is_interactive and not console.no_color

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False)


class _Column(progress.ProgressColumn):
    """A column whose text is computed at each refresh."""

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__()
        self._text = text

    def render(self, task: progress.Task) -> Text:  # noqa: ARG002 - signature of rich
        """Return the text."""
        return Text(self._text(), no_wrap=True)


class Stream:
    """A stream that ignores errors, since a closed output must not change a run."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        """Return an attribute of the stream."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text; ignore an error."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream; ignore an error."""
        with suppress(OSError):
            self._stream.flush()


class StatusConsole(PlainConsole):
    """A console that never hides the cursor, since a run that is killed could not show it again."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - signature of rich
        """Do nothing."""
        return False
