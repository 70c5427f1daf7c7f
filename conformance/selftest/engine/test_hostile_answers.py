"""Runs on answers that are large, or that come now and then, without sockets."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from conformance.config.settings import Settings
from conformance.engine.log import HEADERS_KEPT
from conformance.engine.run import Run
from conformance.exchange.exchange import Response
from conformance.exchange.verdicts import Verdict
from conformance.reports.files import RENDERERS
from conformance.requirements.oracle_registry import KEPT
from conformance.selftest.support.answering import changing
from conformance.selftest.support.growth import TIMES, growth, repeated
from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange.transport import Outcome

LINES = 5000
REFUSED = Response(401, (), b"{}")
ANSWERS: dict[str, Callable[[int], Response]] = {
    "body": lambda size: Response(400, (), repeated(b"\n<&#x41;%41", size)),
    "headers": lambda size: Response(400, tuple((f"X-{place}", "y") for place in range(size // 8)), b"{}"),
    "header": lambda size: Response(400, (("Content-Type", "x" * size),), b"{}"),
    "code": lambda size: Response(400, (), b'{"error_code": "%b", "error_msg": 1}' % repeated(b"\\u0041", size)),
    "member": lambda size: Response(200, (), b'{"job": {"async_job_id": "1", "%b": 1}}' % (b"n" * size)),
}


def run_on(
    change: Callable[[Outcome], Outcome], *faults: str, only: tuple[str, ...] = (), profile: str = "safe"
) -> Run:
    settings = Settings(only=only, profile=profile)  # type: ignore[arg-type]
    with Run(settings, catalogue.load(), connect=lambda given: changing(change, given, *faults)) as run:
        list(run.events())
    return run


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_time_to_report_is_proportional_to_the_size_of_the_answers(kind: str) -> None:
    def step(size: int) -> Callable[[], None]:
        answer = ANSWERS[kind](size)
        return partial(_report, run_on(lambda _: answer, only=("ERR-001", "ERR-006", "HTTP-004")))

    assert growth(step) < 3 * TIMES


def _report(run: Run) -> None:
    report = run.report()
    for render in RENDERERS.values():
        render(report)


def test_a_run_keeps_the_beginning_of_each_answer() -> None:
    answer = Response(400, tuple((f"X-{place}", "y") for place in range(LINES)), b" " * (KEPT * 4))

    run = run_on(lambda _: answer, only=("ERR-001",))

    kept = [exchange.outcome for exchange in run.log.exchanges if isinstance(exchange.outcome, Response)]
    assert len(kept) == len(run.log.exchanges) > 1
    assert {len(outcome.body) for outcome in kept} == {KEPT + 1}
    assert {len(outcome.headers) for outcome in kept} == {HEADERS_KEPT + 1}
    [finding] = next(item.findings for item in run.report().requirements if item.findings)
    assert finding.response is not None
    assert finding.response.body.endswith(f"({KEPT * 4} octets)")
    assert finding.response.headers[-1] == (f"({LINES - len(finding.response.headers) + 1} more header lines)", "")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fault", ["error-msg-long-for-long-ids", "error-code-11-in-chinese"])
def test_a_token_that_is_refused_now_and_then_is_no_fault_of_the_suite(fault: str, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - reproducible

    def change(outcome: Outcome) -> Outcome:
        return REFUSED if random.random() < 0.1 * (seed + 1) else outcome

    run = run_on(change, fault, only=("ERR", "LIFE-002"), profile="full")

    assert run.report().verdict is not Verdict.ERROR
