"""Runs on conforming servers, and the rate of false positives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.runs import PlannedRun, SuiteRun

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PLAIN_MOCK", "ServerRun", "count", "planned_runs", "processor_share", "server_runs", "upper_bound"]

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


def planned_runs(servers: Sequence[str], seeds: Sequence[int], *, every: int = 1) -> list[PlannedRun]:
    """Return the runs on these servers, the slow ones first.

    With `every` above 1, each server runs with one seed in that many, and the servers are spread evenly over the seeds.
    """
    planned = [
        PlannedRun(server=name, seed=seed)
        for seed in seeds
        for number, name in enumerate(servers)
        if (seed + number) % every == 0
    ]
    return sorted(planned, key=lambda job: -_delay(job))


def processor_share(job: PlannedRun) -> float:
    """Return the share of a processor that a run needs; on a slow server, the suite mostly waits."""
    return 1 / (1 + 49 * _delay(job))


def server_runs(planned: Sequence[PlannedRun], runs: Sequence[SuiteRun]) -> list[ServerRun]:
    """Pair each run with its server."""
    pairs = zip(planned, runs, strict=True)
    return [ServerRun(job.server, job.seed, run) for job, run in pairs if job.server is not None]


def _delay(job: PlannedRun) -> int:
    return CONFORMING_SERVERS[job.server].delay if job.server is not None else 0


def count(runs: Sequence[ServerRun]) -> int:
    """Return the number of runs that have a problem."""
    return sum(bool(run.objection) for run in runs)


def upper_bound(false_positives: int, runs: int) -> float | None:
    """Return the 95% upper bound of the rate, by the rule of three; None with a false positive or without runs."""
    return None if false_positives or not runs else min(1.0, 3 / runs)
