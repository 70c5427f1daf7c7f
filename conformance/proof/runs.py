"""One run of the suite against one server, and what came of it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from unittest import mock

from conformance import campaign, cli, journal
from conformance.oracles.registry import mutated
from conformance.proof import process_pool
from conformance.proof.conforming_servers import ZOO
from conformance.server.embedded import EmbeddedServer
from conformance.server.settings import MockSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.exchange import Exchange

__all__ = ["LIMIT", "WARM", "Job", "Mutation", "Run", "perform", "perform_all"]

LIMIT = 900.0
"""Seconds after which a run has hung."""
WARM = "conformance.proof.warm_up"
REPORTED = ("fail", "warn")


@dataclass(frozen=True)
class Mutation:
    """A change that makes an oracle worthless.

    Attributes:
        oracle: The requirement that it judges by.
        how: Whether it never judges, or says the opposite.
    """

    oracle: str
    how: Literal["dropped", "negated"]


@dataclass(frozen=True)
class Job:
    """A run to be made.

    Attributes:
        fault: Fault that is switched on in the mock, if any.
        resident: Resident of the zoo that is judged instead of the mock, if any.
        seed: The seed of the run.
        mutation: What is done to the suite beforehand, if anything.
    """

    fault: str | None = None
    resident: str | None = None
    seed: int = 1
    mutation: Mutation | None = None


@dataclass(frozen=True)
class Run:
    """What came of a run.

    Attributes:
        code: Exit code; None if the run did not come to its end.
        trouble: Why the run is no evidence of anything; empty if it is.
        verdicts: The verdict on each requirement, by its id.
        findings: The number of findings under each requirement that was reported.
        first: The number of the request at which each of these was first seen broken.
        requests: Requests sent.
        seconds: Wall-clock time.
        share: Part of that time in which a processor was in use.
        stream: Digest of all that was sent.
    """

    code: int | None
    trouble: str = ""
    verdicts: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    first: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0
    share: float = 1.0
    stream: str = ""

    @property
    def reported(self) -> frozenset[str]:
        """The requirements reported as broken, by a failure or a warning."""
        return frozenset(key for key, verdict in self.verdicts.items() if verdict in REPORTED)

    @property
    def unexercised(self) -> frozenset[str]:
        """The requirements on which the run has nothing to say."""
        return frozenset(key for key, verdict in self.verdicts.items() if verdict not in ("pass", *REPORTED))


def perform_all(
    jobs: Sequence[Job],
    *,
    processes: int,
    limit: float = LIMIT,
    shares: Sequence[float] | None = None,
    told: Callable[[], None] = lambda: None,
) -> list[Run]:
    """Make all runs, each in a process of its own; returns what came of each, in order.

    Args:
        jobs: The runs.
        processes: How many processors may be in use.
        limit: Seconds after which a run is ended.
        shares: What part of a processor each run needs; 1 unless given.
        told: Called whenever a run has ended.
    """
    parts = shares or [1.0] * len(jobs)
    tasks = [process_pool.Task(perform, (job,), share) for job, share in zip(jobs, parts, strict=True)]
    runs: dict[int, Run] = {}
    results = process_pool.work(tasks, processes=processes, limit=limit, preload=WARM)
    with closing(results):
        for index, result in results:
            runs[index] = result if isinstance(result, Run) else _lost(result)
            told()
    return [runs[index] for index in range(len(jobs))]


def perform(job: Job) -> Run:
    """Run the suite in this process, which is good for nothing else afterwards.

    Raises:
        RuntimeError: The run has left no report.
    """
    for name in [name for name in os.environ if name.startswith("DRS_")]:
        del os.environ[name]
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        arguments = stack.enter_context(_target(job))
        stack.enter_context(mutated(job.mutation.oracle, job.mutation.how) if job.mutation else nullcontext())
        firsts = stack.enter_context(_firsts())
        clock, busy = time.monotonic(), _busy()
        own = ("--seed", str(job.seed), "--report-dir", str(directory), "--ledger", str(directory / "ledger"))
        code = cli.run([*arguments, *own])
        seconds, busy = time.monotonic() - clock, _busy() - busy
        if not (directory / "conformance.json").exists():
            raise RuntimeError(f"exit code {code}, and no report")
        report = json.loads((directory / "conformance.json").read_text(encoding="utf-8"))
    verdicts = {item["id"]: item["verdict"] for item in report["requirements"]}
    findings = {item["id"]: len(item["findings"]) for item in report["requirements"] if item["findings"]}
    return Run(
        code=code,
        trouble=report["reason"] if code == cli.SUITE_ERROR else "",
        verdicts=verdicts,
        findings=findings,
        first={key: firsts[key] for key in findings if key in firsts},
        requests=report["requests"],
        seconds=seconds,
        share=min(1.0, busy / seconds),
        stream=report.get("requests_sha256", ""),
    )


@contextmanager
def _target(job: Job) -> Iterator[tuple[str, ...]]:
    """Start the server; gives the arguments by which the suite judges it."""
    if job.resident is not None:
        with ZOO[job.resident].open() as target:
            yield ("--target", target.url, *target.arguments)
        return
    with EmbeddedServer(MockSettings(faults=(job.fault,) if job.fault else ())) as server:
        yield ("--target", server.url)


@contextmanager
def _firsts() -> Iterator[dict[str, int]]:
    """Note, while the block runs, at which request each requirement is first seen broken."""
    firsts: dict[str, int] = {}

    class Watched(journal.Journal):
        """A journal that is watched."""

        def add(self, exchange: Exchange) -> None:
            """Judge an exchange."""
            super().add(exchange)
            self._note()

        def add_sequence(self, scenario: str, exchanges: Sequence[Exchange]) -> None:
            """Judge a scenario."""
            super().add_sequence(scenario, exchanges)
            self._note()

        def _note(self) -> None:
            for key, record in self.records.items():
                if record.breaches and key not in firsts:
                    firsts[key] = len(self.exchanges)

    with mock.patch.object(campaign, "Journal", Watched):
        yield firsts


def _busy() -> float:
    """Return the processor time that this process and those that it waited for have used, in seconds."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _lost(failure: process_pool.Failure) -> Run:
    return Run(code=None, trouble=f"{failure.reason}: {failure.tail.strip()}" if failure.tail else failure.reason)
