"""Every format has the same facts, also for hostile text."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from conformance.exchange.verdicts import RequirementVerdict
from conformance.reports import render_badge, render_junit, render_markdown, render_sarif
from conformance.reports.model import Report
from conformance.selftest.support.reports import facts
from conformance.selftest.support.reports.facts import Facts
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import PROPERTY, reports

FORMATS = {
    "junit.xml": (render_junit.render, facts.in_junit),
    "report.sarif": (render_sarif.render, facts.in_sarif),
    "summary.md": (render_markdown.render, facts.in_markdown),
}


@PROPERTY
@given(reports())
def test_every_fact_can_be_read_back_from_every_format(report: Report) -> None:
    expected = facts.of(report)
    texts = {name: render(report).encode().decode() for name, (render, _) in FORMATS.items()}
    assert facts.in_junit(texts["junit.xml"]) == expected
    assert facts.in_sarif(texts["report.sarif"]) == expected
    # A summary has the number of requirements that passed, and names the others.
    named = {key: verdict for key, verdict in expected.requirements.items() if verdict != "pass"}
    assert facts.in_markdown(texts["summary.md"]) == replace(expected, requirements=named)
    assert facts.in_badge(render_badge.render(report)) == expected.verdict


@pytest.mark.parametrize(("render", "read"), FORMATS.values(), ids=FORMATS)
def test_a_changed_fact_changes_every_format(render: Callable[[Report], str], read: Callable[[str], Facts]) -> None:
    for changed in (replace(FAILURE, expected="x"), replace(FAILURE, actual="x"), replace(FAILURE, curl="x\ny")):
        broken = requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (changed,))
        other = replace(REPORT, requirements=(*REPORT.requirements[:3], broken, *REPORT.requirements[4:]))
        assert read(render(other)).findings["ERR-003"] == facts.of(other).findings["ERR-003"]
        assert read(render(other)) != read(render(REPORT))
