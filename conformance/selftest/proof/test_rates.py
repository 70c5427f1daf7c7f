"""The rates of the proof, calculated from made-up results of runs."""

from __future__ import annotations

import pytest

from conformance.proof import detection, false_positives
from conformance.proof.detection import FirstFinding
from conformance.proof.false_positives import PLAIN_MOCK, ServerRun
from conformance.proof.runs import SuiteRun
from conformance.selftest.support.sample_runs import EXPECTED, MUST, SHOULD, fault_run, suite_run


@pytest.mark.parametrize(
    ("run", "detected", "objection"),
    [
        (suite_run(*EXPECTED), True, ""),
        (suite_run(), False, f"not reported: {', '.join(EXPECTED)}; exit code 0 instead of 1"),
        (suite_run(*EXPECTED, MUST), True, f"wrongly reported: {MUST}"),
        (suite_run(MUST), False, f"not reported: {', '.join(EXPECTED)}; wrongly reported: {MUST}"),
        (suite_run(*EXPECTED, code=3), False, "exit code 3 instead of 1"),
        (
            SuiteRun(1, verdicts=dict.fromkeys(EXPECTED, "fail"), findings=dict.fromkeys(EXPECTED, 2)),
            True,
            "not exactly one finding per requirement",
        ),
        (SuiteRun(70, trouble="it failed"), False, "invalid run: it failed"),
        (
            suite_run(*EXPECTED, trouble="the suite itself failed", code=70),
            False,
            "invalid run: the suite itself failed",
        ),
    ],
)
def test_the_objection_to_a_fault_run(run: SuiteRun, detected: bool, objection: str) -> None:  # noqa: FBT001 - a parameter of the test
    assert fault_run(run).detected is detected
    assert fault_run(run).objection == objection
    assert fault_run(run).exact is (objection == "")


def test_the_quality_counts_pairs() -> None:
    runs = [suite_run(*EXPECTED), suite_run(*EXPECTED, MUST), suite_run(), suite_run(MUST)]
    found = detection.quality([fault_run(run) for run in runs])

    assert (found.runs, found.detected, found.exact) == (4, 2, 1)
    assert found.precision == 2 / 4
    assert found.recall == 2 / 4


def test_without_reports_the_precision_is_0() -> None:
    assert detection.quality([fault_run(suite_run())]).precision == 0


def test_the_first_finding_is_counted_in_requests() -> None:
    runs = [SuiteRun(1, findings={"A": 1}, first={"A": n, "B": 99}, requests=100) for n in (*range(1, 11), 40)]

    assert FirstFinding.of([fault_run(run) for run in runs]) == FirstFinding(
        median=6, ninetieth=10, latest=40, within_a_third=10 / 11
    )


def test_without_findings_there_is_no_first_one() -> None:
    assert FirstFinding.of([fault_run(suite_run())]) is None


@pytest.mark.parametrize(
    ("run", "objection"),
    [
        (suite_run(), ""),
        (suite_run(SHOULD), f"false positive: {SHOULD}"),
        (suite_run(MUST), f"false positive: {MUST}"),
        (suite_run(code=3), "exit code 3"),
        (SuiteRun(70, trouble="it failed"), "invalid run: it failed"),
        (SuiteRun(0, verdicts={"A": "pass", "B": "skipped"}), "not exercised: B"),
    ],
)
def test_the_objection_to_a_run_on_a_conforming_server(run: SuiteRun, objection: str) -> None:
    assert ServerRun(PLAIN_MOCK, 1, run).objection == objection


def test_only_on_the_mock_every_requirement_must_be_exercised() -> None:
    assert ServerRun("asgi", 1, SuiteRun(0, verdicts={"A": "pass", "B": "skipped"})).objection == ""


def test_the_rule_of_three_needs_runs_without_false_positives() -> None:
    assert false_positives.upper_bound(0, 300) == 0.01
    assert false_positives.upper_bound(0, 1) == 1
    assert false_positives.upper_bound(1, 300) is None
    assert false_positives.upper_bound(0, 0) is None
