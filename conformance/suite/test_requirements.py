"""The verdict on each requirement, based on the responses in all scenarios and phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.exchange.verdicts import RequirementVerdict
from conformance.reports import text

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.reports.model import RequirementReport
    from conformance.spec.catalogue import Requirement


@pytest.fixture(scope="module")
def reports(run: Run) -> dict[str, RequirementReport]:
    run.conclude()
    requirements, _ = run.requirements()
    return {report.id: report for report in requirements}


def test_requirement(requirement: Requirement, reports: dict[str, RequirementReport], run: Run) -> None:
    if run.dry_run:
        pytest.skip("dry run: nothing was sent")
    report = reports[requirement.id]
    if report.verdict in (RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE):
        pytest.skip(report.reason)
    if report.verdict is RequirementVerdict.FAIL:
        pytest.fail(text.finding(report), pytrace=False)
    if report.verdict is RequirementVerdict.WARN:
        pytest.xfail(f"recommendation not followed: {report.title}")
    assert report.exercised > 0
