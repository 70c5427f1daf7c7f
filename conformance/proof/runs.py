"""Runs of the suite against one server each, and their results."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from unittest import mock

from conformance.cli import main
from conformance.config.options import unset_variables
from conformance.engine import log
from conformance.engine import run as run_module
from conformance.exchange.verdicts import ExitCode
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.proof import process_pool
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.requirements.oracle_registry import mutated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.exchange.exchange import Exchange

__all__ = ["TIMEOUT", "WARM_UP", "Mutation", "PlannedRun", "SuiteRun", "perform", "perform_all"]

TIMEOUT = 900.0
"""Seconds after which a run is killed."""
WARM_UP = "conformance.proof.warm_up"
REPORTED = ("fail", "warn")


@dataclass(frozen=True)
class Mutation:
    """A change that breaks one check of the suite.

    Attributes:
        oracle: The requirement whose check is changed.
        how: "dropped" disables the check, "negated" inverts its results.
    """

    oracle: str
    how: Literal["dropped", "negated"]


@dataclass(frozen=True)
class PlannedRun:
    """A run to make.

    Attributes:
        fault: Fault to enable in the mock, if any.
        server: Conforming server to check instead of the mock, if any.
        seed: The seed of the run.
        mutation: Mutation to apply to the suite, if any.
    """

    fault: str | None = None
    server: str | None = None
    seed: int = 1
    mutation: Mutation | None = None


@dataclass(frozen=True)
class SuiteRun:
    """The result of one run of the suite.

    Attributes:
        code: Exit code; None if the run did not finish.
        trouble: Reason why the run is invalid; empty if it is valid.
        verdicts: The verdict on each requirement, by ID.
        findings: The number of findings, by requirement; only those that have any.
        first: The number of the request that first violated each of these requirements.
        requests: Number of requests sent.
        seconds: Wall-clock time.
        requests_sha256: Digest of everything sent.
    """

    code: int | None
    trouble: str = ""
    verdicts: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    first: Mapping[str, int] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0
    requests_sha256: str = ""

    @property
    def reported(self) -> frozenset[str]:
        """The requirements reported as violated, as a failure or a warning."""
        return frozenset(key for key, verdict in self.verdicts.items() if verdict in REPORTED)

    @property
    def unexercised(self) -> frozenset[str]:
        """The requirements without a verdict of passed or violated."""
        return frozenset(key for key, verdict in self.verdicts.items() if verdict not in ("pass", *REPORTED))


def perform_all(
    jobs: Sequence[PlannedRun],
    *,
    processes: int,
    timeout: float = TIMEOUT,
    shares: Sequence[float] | None = None,
    on_done: Callable[[], None] = lambda: None,
) -> list[SuiteRun]:
    """Make all runs, each in a new process; return their results in the same order.

    Args:
        jobs: The runs.
        processes: Number of processors to use.
        timeout: Seconds after which a run is killed.
        shares: Share of a processor that each run needs; 1 by default.
        on_done: Called after each run.
    """
    parts = shares or [1.0] * len(jobs)
    tasks = [process_pool.Task(perform, (job,), share) for job, share in zip(jobs, parts, strict=True)]
    runs: dict[int, SuiteRun] = {}
    results = process_pool.call_all(tasks, processes=processes, timeout=timeout, preload=WARM_UP)
    with closing(results):
        for index, result in results:
            runs[index] = result if isinstance(result, SuiteRun) else _failed(result)
            on_done()
    return [runs[index] for index in range(len(jobs))]


def perform(job: PlannedRun) -> SuiteRun:
    """Run the suite in this process, which must not be used for anything else afterwards.

    Raises:
        RuntimeError: The run did not write a report.
    """
    unset_variables()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        arguments = stack.enter_context(_target(job))
        stack.enter_context(mutated(job.mutation.oracle, job.mutation.how) if job.mutation else nullcontext())
        first_violations = stack.enter_context(_first_violations())
        start = time.monotonic()
        options = ("--seed", str(job.seed), "--report-dir", str(directory), "--ledger", str(directory / "ledger"))
        code = main.run([*arguments, *options])
        seconds = time.monotonic() - start
        if not (directory / "conformance.json").exists():
            raise RuntimeError(f"exit code {code}, and no report was written")
        report = json.loads((directory / "conformance.json").read_text(encoding="utf-8"))
    findings = {item["id"]: len(item["findings"]) for item in report["requirements"] if item["findings"]}
    return SuiteRun(
        code=code,
        trouble=report["reason"] if code == ExitCode.ERROR else "",
        verdicts={item["id"]: item["verdict"] for item in report["requirements"]},
        findings=findings,
        first={key: first_violations[key] for key in findings if key in first_violations},
        requests=report["requests"],
        seconds=seconds,
        requests_sha256=report.get("requests_sha256", ""),
    )


@contextmanager
def _target(job: PlannedRun) -> Iterator[tuple[str, ...]]:
    """Start the server; yield the arguments with which the suite checks it."""
    if job.server is not None:
        with CONFORMING_SERVERS[job.server].open() as running:
            yield ("--target", running.url, *running.arguments)
        return
    with EmbeddedServer(MockSettings(faults=(job.fault,) if job.fault else ())) as server:
        yield ("--target", server.url)


@contextmanager
def _first_violations() -> Iterator[dict[str, int]]:
    """Record the number of the request that first violates each requirement."""
    numbers: dict[str, int] = {}

    class RecordingLog(log.RunLog):
        """A log that also records the first violations."""

        def add(self, exchange: Exchange) -> None:
            """Check an exchange."""
            super().add(exchange)
            self._record()

        def add_sequence(self, scenario: str, exchanges: Sequence[Exchange]) -> None:
            """Check a scenario."""
            super().add_sequence(scenario, exchanges)
            self._record()

        def _record(self) -> None:
            for key, record in self.records.items():
                if record.violations and key not in numbers:
                    numbers[key] = len(self.exchanges)

    with mock.patch.object(run_module, "RunLog", RecordingLog):
        yield numbers


def _failed(failure: process_pool.Failure) -> SuiteRun:
    trouble = f"{failure.reason}: {failure.tail.strip()}" if failure.tail else failure.reason
    return SuiteRun(code=None, trouble=trouble)
