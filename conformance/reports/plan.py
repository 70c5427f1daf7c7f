"""The plan of a run, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports.console import output
from conformance.reports.rows import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.plan import PlannedStimulus

__all__ = ["show"]


def show(target: str, planned: Sequence[PlannedStimulus], sends: Mapping[str, str], *, most: int) -> None:
    """Print what would be sent, how often and with which effect.

    Args:
        target: Base URL.
        planned: What each stimulus would send.
        sends: What that is, in a phrase.
        most: The batches that a target which accepts what it should refuse could commit.
    """
    console = output()
    console.print(f"To {printable(target)} would be sent:")
    for stimulus in planned:
        number = len(stimulus.committable)
        effect = (
            f"names {number} batch{'es' if number > 1 else ''} that can be committed" if number else "creates nothing"
        )
        console.print(f"  {stimulus.name:32} requests: {stimulus.requests:4}   {effect}")
        console.print(f"    {sends.get(stimulus.name, 'is the target there, and does it take the token?')}")
    batches = set().union(*(stimulus.committable for stimulus in planned))
    requests = sum(stimulus.requests for stimulus in planned)
    used = f"{len(batches)} batches are used if the target conforms; " if most > len(batches) else ""
    console.print(f"{requests} requests; {used}at most {most} batches are committed, and as many billed")
