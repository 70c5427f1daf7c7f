"""The progress of a run, on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, cast

from rich import progress
from rich.text import Text

from conformance.reports.console import PlainConsole
from conformance.reports.rows import plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from typing import IO

    from conformance.engine.run import Run
    from conformance.exchange.exchange import Exchange
    from conformance.spec.catalogue import Catalogue

__all__ = ["Progress"]


class Progress:
    """The progress of a run: a line that is rewritten on a terminal, else a line for each completed scenario or phase.

    The first violation of a MUST is printed at once on its own line.

    Attributes:
        scenarios: Names of the scenarios and phases that will be run, in order.
    """

    def __init__(self, catalogue: Catalogue, violations: Collection[str], *, alone: bool = True) -> None:
        """Create the progress of a run; print nothing yet.

        Args:
            catalogue: All requirements.
            violations: IDs of the requirements whose first violation is printed.
            alone: Whether nothing else, such as pytest, reports progress on this terminal.
        """
        self.scenarios: Sequence[str] = ()
        self._console = StatusConsole(file=cast("IO[str]", _Stream(sys.stderr)), highlight=False, soft_wrap=True)
        self._alone = alone
        self._catalogue = catalogue
        self._violations = frozenset(violations)
        self._number = 0
        self._bar: progress.Progress | None = None

    def violation(self, requirement_id: str, exchange: Exchange) -> None:
        """Print the first violation."""
        if requirement_id in self._violations:
            self._violations = frozenset()
            title = self._catalogue[requirement_id].title
            self._print(f"first violation, after {plural(exchange.number, 'request')}: {requirement_id} {title}")

    @contextmanager
    def shown(self, run: Run) -> Iterator[None]:
        """Show the progress on a terminal until the end of the block."""
        if run.dry_run or not self._rewritable:
            yield
            return

        def facts() -> str:
            return f"{plural(run.sent, 'request')}, {plural(run.log.broken, 'violation')}"

        columns = (progress.TextColumn("{task.description}", markup=False), progress.BarColumn(10), _Column(facts))
        with progress.Progress(*columns, console=self._console, transient=True, redirect_stdout=False) as self._bar:
            self._bar.add_task(f"connecting to {printable(run.target)}", total=None)
            yield
        self._bar = None

    @contextmanager
    def step(self, name: str, run: Run) -> Iterator[None]:
        """Show the scenario or phase that is run in this block, and print the number of its requests at the end."""
        if run.dry_run:
            yield
            return
        before, count = len(run.log.exchanges), f"[{self._number + 1}/{len(self.scenarios)}] {name}"
        if self._bar is not None:
            task = self._bar.task_ids[0]
            self._bar.update(task, description=count, total=len(self.scenarios), completed=self._number)
        yield
        self._number += 1
        sent = len(run.log.exchanges) - before
        if sent and self._bar is None:
            broken = plural(run.log.broken, "violation")
            self._print(f"{count}: {plural(sent, 'request')}, {broken} so far")

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


class _Stream:
    """A stream that ignores errors, since a closed output must not change a run."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
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
