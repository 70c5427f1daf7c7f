"""The verdict on each requirement, based on the responses in all scenarios and phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.exchange.verdicts import RequirementVerdict
from conformance.reports import text
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from conformance.reports.model import RequirementReport
    from conformance.suite.player import Player


@pytest.fixture(scope="module")
def reports(player: Player) -> dict[str, RequirementReport]:
    player.conclude()
    requirements, _ = player.run.requirements()
    return {report.id: report for report in requirements}


def test_requirement(requirement: str, reports: dict[str, RequirementReport]) -> None:
    report = reports[requirement]
    if report.verdict in (RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE):
        pytest.skip(printable(report.reason))
    if report.verdict is RequirementVerdict.FAIL:
        pytest.fail(text.finding(report), pytrace=False)
    if report.verdict is RequirementVerdict.WARN:
        pytest.xfail(f"recommendation not followed: {report.title}")
    assert report.exercised > 0
