"""junit.xml is XML, and counts as continuous integration does."""

from xml.etree import ElementTree as ET

from hypothesis import given

from conformance.reports import render_junit
from conformance.reports.console import finding
from conformance.reports.model import Report, RequirementVerdict, Verdict
from conformance.selftest.reports.samples import FAILURE, REPORT
from conformance.selftest.reports.strategies import PROPERTY, reports


def parse(report: Report) -> ET.Element:
    root = ET.fromstring(render_junit.render(report).encode())  # noqa: S314 - our own output
    suite = root.find("testsuite")
    assert suite is not None
    return suite


@PROPERTY
@given(reports())
def test_each_requirement_is_one_case_and_a_bad_end_that_none_of_them_shows_is_one_more(report: Report) -> None:
    suite = parse(report)
    cases = suite.findall("testcase")
    shown = any(requirement.verdict is RequirementVerdict.FAIL for requirement in report.requirements)
    errors = int(report.verdict is not Verdict.CONFORMS and not shown)
    assert len(cases) == len(report.requirements) + errors
    for case, requirement in zip(cases, report.requirements, strict=False):
        assert case.attrib["name"].startswith(f"{requirement.id} {requirement.level} ")
        verdict = requirement.verdict
        assert (case.find("failure") is not None) == (verdict is RequirementVerdict.FAIL)
        skipped = verdict in (RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE)
        assert (case.find("skipped") is not None) == skipped
    for counter, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
        assert suite.attrib[counter] == str(len(suite.findall(f"testcase/{tag}")))
    assert (suite.attrib["tests"], suite.attrib["errors"]) == (str(len(cases)), str(errors))


@PROPERTY
@given(reports())
def test_a_finding_is_told_in_full(report: Report) -> None:
    suite = parse(report)
    for requirement, case in zip(report.requirements, suite.findall("testcase"), strict=False):
        told = case.findtext("failure") or case.findtext("system-out") or ""
        assert told == (finding(requirement) if requirement.findings else "")


def test_the_message_of_a_failure_is_what_came() -> None:
    failure = parse(REPORT).find("testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == FAILURE.actual
