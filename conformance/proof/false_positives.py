"""Conforming servers: whether any of them is accused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.proof.conforming_servers import ZOO
from conformance.proof.runs import Job, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PLAIN", "Visit", "false_alarms", "jobs", "share", "upper_bound", "visits"]

PLAIN = "mock"
"""The resident that is the mock as it comes, on which each requirement must be exercised."""


@dataclass(frozen=True)
class Visit:
    """A run on a conforming server.

    Attributes:
        resident: Name of the server.
        seed: The seed.
        run: What came of it.
    """

    resident: str
    seed: int
    run: Run

    @property
    def objection(self) -> str:
        """What is wrong with it, in a phrase; empty if nothing is."""
        if self.run.trouble:
            return f"the run is no evidence: {self.run.trouble}"
        if self.run.reported:
            return f"false alarm: {', '.join(sorted(self.run.reported))}"
        if self.run.code != 0:
            return f"exit code {self.run.code}"
        if self.resident == PLAIN and self.run.unexercised:
            return f"not exercised: {', '.join(sorted(self.run.unexercised))}"
        return ""


def jobs(residents: Sequence[str], seeds: Sequence[int], *, every: int = 1) -> list[Job]:
    """Return the runs on these servers, the slow ones first.

    With `every` above 1 the seeds take turns: each server meets one in so many of them, and each seed as many servers.
    """
    planned = [
        Job(resident=name, seed=seed)
        for seed in seeds
        for number, name in enumerate(residents)
        if (seed + number) % every == 0
    ]
    return sorted(planned, key=lambda job: -_seconds(job))


def share(job: Job) -> float:
    """Return the part of a processor that a run needs: on a server that takes its time, the suite mostly waits."""
    return 1 / (1 + 49 * _seconds(job))


def visits(planned: Sequence[Job], runs: Sequence[Run]) -> list[Visit]:
    """Put the runs beside their servers."""
    pairs = zip(planned, runs, strict=True)
    return [Visit(job.resident, job.seed, run) for job, run in pairs if job.resident is not None]


def _seconds(job: Job) -> int:
    return ZOO[job.resident].seconds if job.resident is not None else 0


def false_alarms(visited: Sequence[Visit]) -> int:
    """Count the visits in which something is wrong."""
    return sum(bool(visit.objection) for visit in visited)


def upper_bound(alarms: int, runs: int) -> float | None:
    """Return the upper bound of the rate at 95 %, by the rule of three; None if there were alarms, or no runs."""
    return None if alarms or not runs else min(1.0, 3 / runs)
