"""Runs on conforming servers, and the rate of false positives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.proof.runs import SuiteRun

__all__ = ["PLAIN_MOCK", "ServerRun", "count", "upper_bound"]

PLAIN_MOCK = "mock"
"""Name of the mock without variants, on which every requirement must be exercised."""


@dataclass(frozen=True)
class ServerRun:
    """A run on a conforming server.

    Attributes:
        server: Name of the server.
        seed: The seed.
        run: Result of the run.
    """

    server: str
    seed: int
    run: SuiteRun

    @property
    def objection(self) -> str:
        """The problem with this run, in a phrase; empty if there is none."""
        if self.run.trouble:
            return f"invalid run: {self.run.trouble}"
        if self.run.reported:
            return f"false positive: {', '.join(sorted(self.run.reported))}"
        if self.run.code != 0:
            return f"exit code {self.run.code}"
        if self.server == PLAIN_MOCK and self.run.unexercised:
            return f"not exercised: {', '.join(sorted(self.run.unexercised))}"
        return ""


def count(runs: Sequence[ServerRun]) -> int:
    """Return the number of runs that have a problem."""
    return sum(bool(run.objection) for run in runs)


def upper_bound(false_positives: int, runs: int) -> float | None:
    """Return the 95% upper bound of the rate, by the rule of three; None with a false positive or without runs."""
    return None if false_positives or not runs else min(1.0, 3 / runs)
