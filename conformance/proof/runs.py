"""Runs of the suite against one server each, and their results."""

from __future__ import annotations

import random
import tempfile
import time
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from conformance.config.settings import Settings
from conformance.engine.events import ViolationFound
from conformance.engine.run import Run
from conformance.exchange.identifiers import random_uuid
from conformance.exchange.verdicts import BROKEN, RequirementVerdict, Verdict
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.faults import FAULTS
from conformance.mock.settings import EXPIRED_TOKEN, FOREIGN_PROJECT_ID, FOREIGN_TOKEN, MockSettings
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.direct import add_named, connecting
from conformance.proof.judging import judge_once
from conformance.requirements import oracle_registry
from conformance.requirements.oracle_registry import mutated
from conformance.spec import catalogue
from conformance.target.connection import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Any

    from conformance.target.connection import Connection

    Connect = Callable[[Settings], AbstractContextManager[Connection]]

__all__ = ["JUDGED", "Mutation", "PlannedRun", "SuiteRun", "account", "perform"]

TIMEOUT = 4.0
"""Seconds that a run waits for an answer, where the server is in the same process."""
NAMED = {"ready_job": 40, "validating_job": 4, "failed_job": 4, "committed_job": 4, "foreign_job": 4}
"""The number of batches that a user names in each state, where the server creates none."""
JUDGED = (RequirementVerdict.PASS, *BROKEN)


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
        only: The requirements to judge by; all if there are none.
        named: Whether the mock creates no batches, so that they are named as on a real account.
    """

    fault: str | None = None
    server: str | None = None
    seed: int = 1
    mutation: Mutation | None = None
    only: tuple[str, ...] = ()
    named: bool = False


@dataclass(frozen=True)
class SuiteRun:
    """The result of one run of the suite.

    Attributes:
        code: Exit code.
        trouble: Reason why the run is invalid; empty if it is valid.
        verdicts: The verdict on each requirement, by ID.
        findings: The number of findings, by requirement; only those that have any.
        first: The number of the request that first violated each of these requirements.
        requests: Number of requests sent.
        seconds: Wall-clock time.
        requests_sha256: Digest of everything sent.
    """

    code: int
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
        return frozenset(key for key, verdict in self.verdicts.items() if verdict in BROKEN)

    @property
    def unexercised(self) -> frozenset[str]:
        """The requirements without a verdict of passed or violated."""
        return frozenset(key for key, verdict in self.verdicts.items() if verdict not in JUDGED)


def perform(job: PlannedRun) -> SuiteRun:
    """Make a run in this process. A run on the mock needs no socket unless the fault is one of the wire."""
    first: dict[str, int] = {}
    start = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(mutated(job.mutation.oracle, job.mutation.how) if job.mutation else nullcontext())
        values, connection = stack.enter_context(_target(job))
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        given = {"seed": str(job.seed), "timeout": str(TIMEOUT), "only": list(job.only), "ledger": directory}
        judge = oracle_registry.judge if job.mutation else judge_once
        run = Run(Settings.read({**given, **values}), catalogue.load(), connect=connection, judge=judge)
        with run:
            for event in run.events():
                if isinstance(event, ViolationFound):
                    first.setdefault(event.requirement, event.exchange.number)
        report = run.report()
        voids = [record.void_reason for record in run.log.records.values() if record.voids]
    findings = {item.id: len(item.findings) for item in report.requirements if item.findings}
    return SuiteRun(
        code=int(report.exit_code),
        trouble=report.reason if report.verdict is Verdict.ERROR else next(iter(voids), ""),
        verdicts={item.id: item.verdict.value for item in report.requirements},
        findings=findings,
        first={key: first[key] for key in findings},
        requests=report.requests,
        seconds=time.monotonic() - start,
        requests_sha256=report.requests_sha256,
    )


@contextmanager
def _target(
    job: PlannedRun,
) -> Iterator[tuple[Mapping[str, Any], Callable[[Settings], AbstractContextManager[Connection]]]]:
    """Start the server; yield the options with which the suite checks it, and the function that connects to it."""
    if job.server is not None:
        server = CONFORMING_SERVERS[job.server]
        if server.direct is not None:
            yield {}, partial(connecting, server.direct)
            return
        with server.open() as running:
            yield {"target": running.url, **running.options}, connect
        return
    mock = MockSettings(faults=(job.fault,) if job.fault else (), control=not job.named)
    values = account() if job.named else {}
    if job.fault is None or not FAULTS[job.fault].wire:
        yield values, partial(connecting, mock)
        return
    with EmbeddedServer(mock) as running_mock:
        if job.named:
            add_named(running_mock.app, Settings.read(values))
        yield {"target": running_mock.url, **values}, connect


def account() -> dict[str, Any]:
    """Return the options of a user who has what the mock has."""
    ids = random.Random("named")  # noqa: S311 - reproducible, not secret
    batches = {option: [random_uuid(ids) for _ in range(number)] for option, number in NAMED.items()}
    tokens = {"foreign_token": FOREIGN_TOKEN, "expired_token": EXPIRED_TOKEN}
    return {"foreign_project_id": FOREIGN_PROJECT_ID, **tokens, **batches}
