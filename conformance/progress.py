"""What a run tells while it goes on, on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.pace import Pace, coming
from conformance.reports.console import PlainConsole
from conformance.reports.rows import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from rich.console import RenderableType

    from conformance.campaign import Campaign
    from conformance.exchange import Exchange
    from conformance.spec.catalogue import Catalogue

__all__ = ["Progress", "StatusConsole"]


class Progress:
    """On a terminal, two lines that are written anew; elsewhere, a line for each stimulus that has ended.

    The first breach has a line of its own, at once and everywhere.

    Attributes:
        stimuli: What will be played, in order.
    """

    def __init__(self, catalogue: Catalogue, violations: Collection[str], *, alone: bool = True) -> None:
        """Start silently.

        Args:
            catalogue: All requirements.
            violations: The requirements whose breach is worth a line.
            alone: Whether nobody else tells of the run on this terminal, such as pytest.
        """
        self.stimuli: Sequence[str] = ()
        self._console = StatusConsole(stderr=True, highlight=False, soft_wrap=True)
        self._alone = alone
        self._catalogue = catalogue
        self._violations = frozenset(violations)
        self._number = 0
        self._name = ""
        self._live = False
        self._started = 0.0
        self._before = 0
        self._expected: int | None = None

    def heed(self, requirement_id: str, exchange: Exchange) -> None:
        """Tell of the first breach."""
        if requirement_id in self._violations:
            self._violations = frozenset()
            title = self._catalogue[requirement_id].title
            after = f"{exchange.number} request{'' if exchange.number == 1 else 's'}"
            self._say(f"first breach, after {after}: {requirement_id} {title}")

    @contextmanager
    def shown(self, campaign: Campaign) -> Iterator[None]:
        """Show on a terminal what the run is doing, until the end of the block."""
        if campaign.rehearsal or not self._rewritable:
            yield
            return
        from conformance.display import Display  # noqa: PLC0415 - rich's part for that, which most runs do without

        with Display(self._console, lambda: self._lines(campaign)) as display:
            display.refresh()  # the first time comes after a while otherwise, and a target may be slow to answer
            self._live = True
            try:
                yield
            finally:
                self._live = False

    @contextmanager
    def step(self, name: str, campaign: Campaign) -> Iterator[None]:
        """Tell what is being sent, and how much it was."""
        if campaign.rehearsal:
            yield
            return
        before = len(campaign.journal.exchanges)
        self._begin(name, campaign)
        yield
        self.done(name, campaign, len(campaign.journal.exchanges) - before)

    def done(self, name: str, campaign: Campaign, sent: int) -> None:
        """Tell what has been sent."""
        self._number += 1
        if sent and not self._live:
            count = f"[{self._number}/{len(self.stimuli)}]"
            self._say(f"{count} {name}: requests: {sent}, broken so far: {campaign.journal.broken}")

    @property
    def _rewritable(self) -> bool:
        """Whether this is a terminal on which lines can be written anew, and its user has asked for nothing plainer."""
        console = self._console
        return self._alone and sys.stderr.isatty() and console.is_interactive and not console.no_color

    def _begin(self, name: str, campaign: Campaign) -> None:
        """Note what is played from now on, and what that leaves to be sent."""
        if not self._name:
            self._started, self._before = time.monotonic(), campaign.sent
        self._name = name
        left = coming(self.stimuli[self._number :], campaign)
        self._expected = None if left is None else campaign.sent + left

    def _lines(self, campaign: Campaign) -> RenderableType:
        """Return what the run is doing, and how it gets on, in two lines that fit the terminal."""
        if not self._name:
            return _fitting([f"connecting to {printable(campaign.target)}"], self._console.width)
        sent = campaign.sent
        left = None if self._expected is None or campaign.concluding else max(0, self._expected - sent)
        pace = Pace(sent - self._before, time.monotonic() - self._started, left, campaign.settings.budget)
        doing = f"[{min(self._number + 1, len(self.stimuli))}/{len(self.stimuli)}] {self._name}"
        facts = [*pace.facts, f"broken so far: {campaign.journal.broken}"]
        return Text("\n").join(
            [
                _fitting(["sending again what is broken" if campaign.concluding else doing], self._console.width),
                _fitting(facts, self._console.width),
            ]
        )

    def _say(self, line: str) -> None:
        with suppress(OSError):  # whoever stops reading this does not stop the run
            self._console.print(line, markup=False)


def _fitting(facts: Sequence[str], width: int) -> Text:
    """Return as many facts as a line has room for; the first in any case, cut if need be."""
    lines = [line for line in accumulate(facts, "{}, {}".format) if len(line) <= width]
    return Text(lines[-1] if lines else facts[0][:width], no_wrap=True, overflow="crop")


class StatusConsole(PlainConsole):
    """A console that leaves the cursor where it can be seen, lest a run that is killed leave a terminal without one."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's own signature
        """Do nothing."""
        return False
