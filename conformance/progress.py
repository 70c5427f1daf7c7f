"""What a run tells while it goes on, on standard error."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.reports.console import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.campaign import Campaign
    from conformance.catalogue import Catalogue
    from conformance.exchange import Exchange

__all__ = ["Progress"]


class Progress:
    """A line for each stimulus: on a terminal, one line that is written anew; elsewhere, line after line.

    The first breach has a line of its own, at once and everywhere.
    """

    def __init__(self, catalogue: Catalogue, violations: Collection[str]) -> None:
        """Start silently; the violations are the requirements whose breach is worth a line."""
        self._console = PlainConsole(stderr=True, highlight=False, soft_wrap=True)
        self._catalogue = catalogue
        self._violations = frozenset(violations)
        self._number = 0
        self.total = 0

    def heed(self, requirement_id: str, exchange: Exchange) -> None:
        """Tell of the first breach."""
        if requirement_id in self._violations:
            self._violations = frozenset()
            title = self._catalogue[requirement_id].title
            self._say(f"first breach, after {exchange.number} requests: {requirement_id} {title}")

    @contextmanager
    def step(self, name: str, campaign: Campaign) -> Iterator[None]:
        """Tell what is being sent, and how much it was."""
        if campaign.rehearsal:
            yield
            return
        before = len(campaign.journal.exchanges)
        if self._console.is_terminal:
            with self._console.status(Text(f"[{self._number + 1}/{self.total}] {name}")):
                yield
            self._number += 1
            return
        yield
        self.done(name, campaign, len(campaign.journal.exchanges) - before)

    def done(self, name: str, campaign: Campaign, sent: int) -> None:
        """Tell what has been sent."""
        self._number += 1
        broken = sum(record.breaches > 0 for record in campaign.journal.records.values())
        if sent:
            self._say(f"[{self._number}/{self.total}] {name}: requests: {sent}, broken so far: {broken}")

    def _say(self, line: str) -> None:
        with suppress(OSError):  # whoever stops reading this does not stop the run
            self._console.print(line, markup=False)
