"""Violations are sent again; one that is not always reproduced is reported as intermittent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.config.settings import Settings
from conformance.engine.abort import Abort
from conformance.engine.run import Run
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.faults import fault
from conformance.mock.settings import MockSettings
from conformance.reports.model import Repeats
from conformance.selftest.support.judging import conclude, finding_of, open_run, play, register_some_refusals
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext
    from conformance.selftest.support.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("own_faults")

SUITE = Path(__file__).parents[2] / "suite"


def test_a_steady_violation_is_sent_again_once_and_changes_no_count() -> None:
    with open_run("error-code-11") as run:
        play(run, "unknown-batches")
        before = run.report()
        report, extra = conclude(run)

    assert finding_of(report, "ERR-003").repeats == Repeats(sent=1, broken=1)
    assert extra == 1
    assert [item.exercised for item in report.requirements] == [item.exercised for item in before.requirements]
    assert finding_of(report, "ERR-003").occurrences == finding_of(before, "ERR-003").occurrences == 4
    assert report.requests_sha256 == before.requests_sha256


def test_nothing_is_sent_again_to_a_conforming_server() -> None:
    with open_run() as run:
        play(run, "unknown-batches", "commits-of-validated-batches")

        assert conclude(run)[1] == 0


def test_an_intermittent_violation_fails_the_run() -> None:
    register_some_refusals({3, 9}.__contains__)
    with open_run("some-refusals") as run:
        play(run, "unknown-batches")
        report, extra = conclude(run)

    assert report.verdict is Verdict.VIOLATES
    assert finding_of(report, "ERR-002").repeats == Repeats(sent=10, broken=1)
    assert finding_of(report, "ERR-002").seen(4) == "in 1 of 4 answers; intermittent: reproduced 1 of 10 times"
    assert extra == 1 + 3 + 9  # the request, the whole scenario, and the request again


def test_a_violation_that_is_never_reproduced_fails_the_run() -> None:
    register_some_refusals({3}.__contains__)
    with open_run("some-refusals") as run:
        play(run, "unknown-batches")
        report, _ = conclude(run)

    assert report.verdict is Verdict.VIOLATES
    assert finding_of(report, "ERR-002").repeats == Repeats(sent=10, broken=0)


def test_a_sequence_is_played_again_as_a_whole() -> None:
    with open_run("error-code-by-language") as run:
        play(run, "one-refusal-in-each-language")
        report, extra = conclude(run)

    assert finding_of(report, "ERR-007").repeats == Repeats(sent=1, broken=1, sequence=True)
    assert extra == 4


def test_a_violation_that_needs_the_requests_before_it_is_sent_again_with_them() -> None:
    seen: set[str] = set()

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        batch_id = context.path_parameters.get("async_job_id", "")
        again = batch_id in seen
        seen.add(batch_id)
        return answer.with_json({"error_msg": "Failed."}) if answer.status == 400 and again else answer

    fault("second-refusals", breaks=("ERR-002",))(rewrite)
    with open_run("second-refusals") as run:
        play(run, "one-refusal-over-again")
        report, extra = conclude(run)

    finding = finding_of(report, "ERR-002")
    assert finding.repeats == Repeats(sent=2, broken=2, sequence=True)
    assert len(finding.curl.splitlines()) == 2
    assert len({line.split("/")[4] for line in finding.curl.splitlines()}) == 1
    assert extra == 1 + 2 * 3


def test_a_limit_reached_while_confirming_keeps_the_findings() -> None:
    with open_run("error-code-11", settings=Settings(max_requests=4)) as run:
        play(run, "unknown-batches")
        report, extra = conclude(run)

    assert report.verdict is Verdict.VIOLATES
    assert finding_of(report, "ERR-003").seen(4) == "in 4 of 4 answers; not repeated: --max-requests 4 is used up"
    assert extra == 0


def test_a_target_lost_while_confirming_keeps_the_findings() -> None:
    with (
        EmbeddedServer(MockSettings(faults=("error-code-11",))) as server,
        Run(Settings(target=server.url), catalogue.load()) as run,
    ):
        play(run, "unknown-batches")
        server.__exit__(None, None, None)
        report, _ = conclude(run)

    assert report.verdict is Verdict.VIOLATES
    assert "unreachable" in finding_of(report, "ERR-003").repeats.reason


def test_a_throttled_answer_neither_reproduces_nor_disproves_a_violation() -> None:
    register_some_refusals(lambda _: True)
    sent = 0

    def throttle(_context: RequestContext, answer: Answer) -> Answer:
        nonlocal sent
        sent += 1
        return replace(answer, status=429).with_header("Retry-After", "60") if sent > 4 else answer

    fault("throttled-later", breaks=("ERR-002",))(throttle)
    with open_run("some-refusals", "throttled-later") as run:
        play(run, "unknown-batches")
        report, extra = conclude(run)

    assert report.verdict is Verdict.VIOLATES
    assert finding_of(report, "ERR-002").repeats == Repeats(reason="the target asks to retry later")
    assert extra == 1


def test_nothing_is_sent_again_after_an_abort() -> None:
    with open_run("error-code-11") as run:
        play(run, "unknown-batches")
        run.abort = Abort(Verdict.INCONCLUSIVE, "aborted by the test")
        report, extra = conclude(run)

    assert extra == 0
    assert finding_of(report, "ERR-003").repeats == Repeats()


def test_a_second_conclusion_sends_nothing() -> None:
    with open_run("error-code-11") as run:
        play(run, "unknown-batches")
        conclude(run)

        assert conclude(run)[1] == 0


def test_a_violation_that_another_one_explains_is_not_sent_again() -> None:
    with open_run("refusal-array") as run:
        play(run, "unknown-batches")
        report, extra = conclude(run)

    assert [item.id for item in report.having(RequirementVerdict.FAIL)] == ["ERR-001"]
    assert extra == 1


def test_the_command_line_reports_that_a_finding_was_reproduced(drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        outcome = drs_conform("--target", mock.url, "--only", "ERR-003")

    assert outcome.code == 1
    assert "; reproduced 1 of 1 times;" in outcome.out
    assert outcome.requirement("ERR-003")["findings"][0]["repeats"] == {
        "sent": 1,
        "broken": 1,
        "reason": "",
        "sequence": False,
    }
