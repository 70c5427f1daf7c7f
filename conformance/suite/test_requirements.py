"""The verdict on each requirement, drawn from all answers to all stimuli."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.reports import console
from conformance.reports.model import RequirementVerdict

if TYPE_CHECKING:
    from conformance.campaign import Campaign
    from conformance.catalogue import Requirement


def test_requirement(requirement: Requirement, campaign: Campaign) -> None:
    report = next(item for item in campaign.report().requirements if item.id == requirement.id)
    if report.verdict in (RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE):
        pytest.skip(report.reason)
    if report.verdict is RequirementVerdict.FAIL:
        pytest.fail(console.finding(report), pytrace=False)
    if report.verdict is RequirementVerdict.WARN:
        pytest.xfail(f"recommendation not followed: {report.title}")
    assert report.exercised > 0
