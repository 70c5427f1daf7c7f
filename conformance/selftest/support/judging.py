"""Runs of a few scenarios in this process, on mocks with faults, and two faults for them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.exchange import identifiers
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.faults import fault
from conformance.mock.settings import MockSettings
from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange.exchange import Request
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext
    from conformance.reports.model import Finding, Report

UUID = identifiers.UUID.pattern


@contextmanager
def open_run(*faults: str, settings: Settings | None = None, **mock: object) -> Iterator[Run]:
    """Open a run on a mock with these faults."""
    with (
        EmbeddedServer(replace(MockSettings(faults=faults), **mock)) as server,  # type: ignore[arg-type]
        Run(replace(settings or Settings(), target=server.url), catalogue.load()) as run,
    ):
        yield run


def play(run: Run, *names: str) -> None:
    for name in names:
        for _ in run.play(name):
            pass


def send(run: Run, *requests: Request) -> None:
    run.begin("odd-ids")
    for request in requests:
        run.session.send(request)


def conclude(run: Run) -> tuple[Report, int]:
    """Conclude a run; return the report and the number of requests that the conclusion sent."""
    before = run.report().requests
    run.conclude()
    report = run.report()
    return report, report.requests - before


def finding_of(report: Report, requirement_id: str) -> Finding:
    [requirement] = [item for item in report.requirements if item.id == requirement_id]
    [finding] = requirement.findings
    return finding


def batch_id_of(finding: Finding) -> str:
    """Return the ID of the batch in the request of a finding."""
    return finding.request.start.split("/")[4]


def register_some_refusals(when: Callable[[int], bool]) -> None:
    """Register the fault "some-refusals": the refusals for whose number, from 1, `when` is true have no error_code."""
    seen = 0

    def rewrite(_context: RequestContext, answer: Answer) -> Answer:
        nonlocal seen
        seen += answer.status == 400
        return answer.with_json({"error_msg": "Failed."}) if answer.status == 400 and when(seen) else answer

    fault("some-refusals", breaks=("ERR-002",))(rewrite)


def register_long_bodies(octets: int) -> None:
    """Register the fault "long-bodies": bodies of at least this many octets are answered with 500."""

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        length = int(dict(context.request.headers).get(b"content-length", b"0"))
        return replace(answer, status=500) if length >= octets else answer

    fault("long-bodies", breaks=("HTTP-003",))(rewrite)
