"""What a run tells while it goes on, on standard error."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.reports.console import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.campaign import Campaign

__all__ = ["Progress"]


class Progress:
    """A line for each stimulus: on a terminal, one line that is written anew; elsewhere, line after line."""

    def __init__(self) -> None:
        """Start silently."""
        self._console = PlainConsole(stderr=True, highlight=False, soft_wrap=True)
        self._number = 0
        self.total = 0

    @contextmanager
    def step(self, name: str, campaign: Campaign) -> Iterator[None]:
        """Tell what is being sent, and how much it was."""
        self._number += 1
        label = f"[{self._number}/{self.total}] {name}"
        before = len(campaign.journal.exchanges)
        if campaign.rehearsal:
            yield
            return
        if self._console.is_terminal:
            with self._console.status(Text(label)):
                yield
            return
        yield
        broken = sum(record.breaches > 0 for record in campaign.journal.records.values())
        sent = len(campaign.journal.exchanges) - before
        if sent:
            with suppress(OSError):  # whoever stops reading this does not stop the run
                self._console.print(f"{label}: requests: {sent}, broken so far: {broken}", markup=False)
