"""What the proof counts: on runs that were invented, which faults were found and which alarms were false."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.proof import detection, false_positives
from conformance.proof.conforming_servers import ZOO
from conformance.proof.false_positives import PLAIN, Visit
from conformance.proof.runs import Run
from conformance.selftest.proof.sample_runs import EXPECTED, MUST, SHOULD, run, trial


@pytest.mark.parametrize(
    ("outcome", "detected", "objection"),
    [
        (run(*EXPECTED), True, ""),
        (run(), False, f"not reported: {', '.join(EXPECTED)}; exit code 0 instead of 1"),
        (run(*EXPECTED, MUST), True, f"wrongly reported: {MUST}"),
        (run(MUST), False, f"not reported: {', '.join(EXPECTED)}; wrongly reported: {MUST}"),
        (run(*EXPECTED, code=3), False, "exit code 3 instead of 1"),
        (
            Run(1, verdicts=dict.fromkeys(EXPECTED, "fail"), findings=dict.fromkeys(EXPECTED, 2)),
            True,
            "not one finding for each requirement",
        ),
        (Run(None, trouble="died with -11"), False, "the run is no evidence: died with -11"),
        (
            run(*EXPECTED, trouble="the suite itself failed", code=70),
            False,
            "the run is no evidence: the suite itself failed",
        ),
    ],
)
def test_a_trial_says_what_is_wrong_with_it(outcome: Run, detected: bool, objection: str) -> None:  # noqa: FBT001 - a parameter of the test
    assert trial(outcome).detected is detected
    assert trial(outcome).objection == objection
    assert trial(outcome).exact is (objection == "")


def test_the_quality_counts_pairs() -> None:
    found = detection.quality([trial(run(*EXPECTED)), trial(run(*EXPECTED, MUST)), trial(run()), trial(run(MUST))])

    assert (found.trials, found.detected, found.exact) == (4, 2, 1)
    assert found.precision == 2 / 4
    assert found.recall == 2 / 4


def test_nothing_reported_is_no_precision() -> None:
    assert detection.quality([trial(run())]).precision == 0


def test_the_first_finding_is_counted_in_requests() -> None:
    found = [trial(Run(1, findings={"A": 1}, first={"A": n, "B": 99}, requests=100)) for n in range(1, 11)]
    first = detection.Detection.of([*found, trial(Run(1, findings={"A": 1}, first={"A": 40}, requests=100))])

    assert first == detection.Detection(median=6, ninetieth=10, latest=40, within_a_third=10 / 11)


def test_without_findings_there_is_no_first_one() -> None:
    assert detection.Detection.of([trial(run())]) is None


@pytest.mark.parametrize(
    ("outcome", "objection"),
    [
        (run(), ""),
        (run(SHOULD), f"false alarm: {SHOULD}"),
        (run(MUST), f"false alarm: {MUST}"),
        (run(code=3), "exit code 3"),
        (Run(None, trouble="died with 1"), "the run is no evidence: died with 1"),
        (Run(0, verdicts={"A": "pass", "B": "skipped"}), "not exercised: B"),
    ],
)
def test_a_visit_says_what_is_wrong_with_it(outcome: Run, objection: str) -> None:
    assert Visit(PLAIN, 1, outcome).objection == objection


def test_only_the_mock_must_let_everything_be_exercised() -> None:
    assert Visit("asgi", 1, Run(0, verdicts={"A": "pass", "B": "skipped"})).objection == ""


def test_the_rule_of_three_needs_runs_without_alarms() -> None:
    assert false_positives.upper_bound(0, 300) == 0.01
    assert false_positives.upper_bound(0, 1) == 1
    assert false_positives.upper_bound(1, 300) is None
    assert false_positives.upper_bound(0, 0) is None


def test_each_server_is_visited_with_each_seed_and_the_slow_ones_first() -> None:
    planned = false_positives.jobs(list(ZOO), [1, 2])
    slow = {name for name, resident in ZOO.items() if resident.seconds}

    assert {(job.resident, job.seed) for job in planned} == {(name, seed) for name in ZOO for seed in (1, 2)}
    assert {job.resident for job in planned[: 2 * len(slow)]} == slow
    assert [false_positives.share(job) < 1 for job in planned] == [job.resident in slow for job in planned]


@given(st.integers(1, 12), st.integers(1, 6))
def test_seeds_that_take_turns_meet_several_servers_each(count: int, every: int) -> None:
    planned = false_positives.jobs(list(ZOO), range(1, every * count + 1), every=every)

    assert all(sum(job.resident == name for job in planned) == count for name in ZOO)
    assert {job.seed for job in planned} == set(range(1, every * count + 1))
