"""What is found is sent again, and what does not show again is called intermittent."""

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
from conformance.selftest.support.judging import concluded, found, judging, play, refusals_broken
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext
    from conformance.selftest.support.command_line import CommandLine

pytestmark = pytest.mark.usefixtures("own_faults")

SUITE = Path(__file__).parents[2] / "suite"


def test_a_steady_breach_is_sent_again_once_and_is_no_further_evidence() -> None:
    with judging("error-code-11") as run:
        play(run, "unknown-batches")
        evidence = run.report()
        report, extra = concluded(run)

    assert found(report, "ERR-003").repeats == Repeats(sent=1, broken=1)
    assert extra == 1
    assert [item.exercised for item in report.requirements] == [item.exercised for item in evidence.requirements]
    assert found(report, "ERR-003").occurrences == found(evidence, "ERR-003").occurrences == 4
    assert report.requests_sha256 == evidence.requests_sha256


def test_a_sound_server_gets_no_further_request() -> None:
    with judging() as run:
        play(run, "unknown-batches", "commits-of-validated-batches")

        assert concluded(run)[1] == 0


def test_a_breach_that_shows_now_and_then_is_intermittent_and_fails_all_the_same() -> None:
    refusals_broken({3, 9}.__contains__)
    with judging("some-refusals") as run:
        play(run, "unknown-batches")
        report, extra = concluded(run)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-002").repeats == Repeats(sent=10, broken=1)
    assert found(report, "ERR-002").seen(4) == "in 1 of 4 answers; intermittent: reproduced 1 of 10 times"
    assert extra == 1 + 3 + 9  # alone, with what was sent before, and alone again


def test_a_breach_that_never_shows_again_fails_all_the_same() -> None:
    refusals_broken({3}.__contains__)
    with judging("some-refusals") as run:
        play(run, "unknown-batches")
        report, _ = concluded(run)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-002").repeats == Repeats(sent=10, broken=0)


def test_a_sequence_is_played_again_as_a_whole() -> None:
    with judging("error-code-by-language") as run:
        play(run, "one-refusal-in-each-language")
        report, extra = concluded(run)

    assert found(report, "ERR-007").repeats == Repeats(sent=1, broken=1, sequence=True)
    assert extra == 3


def test_a_breach_that_needs_what_was_sent_before_is_sent_again_with_that() -> None:
    seen: set[str] = set()

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        batch_id = context.path_parameters.get("async_job_id", "")
        again = batch_id in seen
        seen.add(batch_id)
        return answer.with_json({"error_msg": "Failed."}) if answer.status == 400 and again else answer

    fault("second-refusals", breaks=("ERR-002",))(rewrite)
    with judging("second-refusals") as run:
        play(run, "one-refusal-over-again")
        report, extra = concluded(run)

    finding = found(report, "ERR-002")
    assert finding.repeats == Repeats(sent=2, broken=2, sequence=True)
    assert len(finding.curl.splitlines()) == 2
    assert len({line.split("/")[4] for line in finding.curl.splitlines()}) == 1
    assert extra == 1 + 2 * 3


def test_a_cap_that_is_reached_leaves_what_was_found() -> None:
    with judging("error-code-11", settings=Settings(max_requests=4)) as run:
        play(run, "unknown-batches")
        report, extra = concluded(run)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-003").seen(4) == "in 4 of 4 answers; not repeated: --max-requests 4 is used up"
    assert extra == 0


def test_a_target_that_is_gone_leaves_what_was_found() -> None:
    with (
        EmbeddedServer(MockSettings(faults=("error-code-11",))) as server,
        Run(Settings(target=server.url), catalogue.load()) as run,
    ):
        play(run, "unknown-batches")
        server.__exit__(None, None, None)
        report, _ = concluded(run)

    assert report.verdict is Verdict.VIOLATES
    assert "gone" in found(report, "ERR-003").repeats.reason


def test_an_answer_to_come_again_later_says_nothing_of_a_breach() -> None:
    refusals_broken(lambda _: True)
    sent = 0

    def throttle(_context: RequestContext, answer: Answer) -> Answer:
        nonlocal sent
        sent += 1
        return replace(answer, status=429).with_header("Retry-After", "60") if sent > 4 else answer

    fault("throttled-later", breaks=("ERR-002",))(throttle)
    with judging("some-refusals", "throttled-later") as run:
        play(run, "unknown-batches")
        report, extra = concluded(run)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-002").repeats == Repeats(reason="the target asks to come again later")
    assert extra == 1


def test_a_run_that_was_stopped_sends_nothing_more() -> None:
    with judging("error-code-11") as run:
        play(run, "unknown-batches")
        run.abort = Abort(Verdict.INCONCLUSIVE, "as the test wants it")
        report, extra = concluded(run)

    assert extra == 0
    assert found(report, "ERR-003").repeats == Repeats()


def test_a_run_is_concluded_once() -> None:
    with judging("error-code-11") as run:
        play(run, "unknown-batches")
        concluded(run)

        assert concluded(run)[1] == 0


def test_what_another_breach_explains_is_not_sent_again() -> None:
    with judging("refusal-array") as run:
        play(run, "unknown-batches")
        report, extra = concluded(run)

    assert [item.id for item in report.having(RequirementVerdict.FAIL)] == ["ERR-001"]
    assert extra == 1


def test_the_command_line_tells_that_a_finding_was_seen_again(drs_conform: CommandLine) -> None:
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
