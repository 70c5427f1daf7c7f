"""junit.xml is valid by the schema of Jenkins, and counts as continuous integration does."""

from pathlib import Path
from xml.etree import ElementTree as ET

import xmlschema
from hypothesis import given

from conformance.reports import render_junit
from conformance.reports.model import Report, RequirementVerdict, Verdict
from conformance.reports.text import finding
from conformance.selftest.reports.samples import FAILURE, REPORT
from conformance.selftest.reports.strategies import PROPERTY, reports

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")


def parse(report: Report) -> ET.Element:
    root = ET.fromstring(render_junit.render(report).encode())  # noqa: S314 - our own output
    SCHEMA.validate(root)
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
    for counter, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
        assert suite.attrib[counter] == str(len(suite.findall(f"testcase/{tag}")))
    assert (suite.attrib["tests"], suite.attrib["errors"]) == (str(len(cases)), str(errors))


def test_a_failure_tells_what_came_and_then_all_that_is_known() -> None:
    failure = parse(REPORT).find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "MUST", "message": FAILURE.actual}
    assert failure.text == finding(REPORT.requirements[3])


def test_a_warning_and_an_observation_are_told_and_fail_nothing() -> None:
    suite = parse(REPORT)
    assert [node.text for node in suite.iterfind("testcase/system-err")] == [finding(REPORT.requirements[1])]
    assert [node.text for node in suite.iterfind("testcase/system-out")] == [REPORT.requirements[2].reason]


def test_the_run_is_told_in_the_properties() -> None:
    properties = {node.attrib["name"]: node.attrib["value"] for node in parse(REPORT).iterfind("properties/property")}
    assert properties["target"] == REPORT.target
    assert (properties["profile"], properties["seed"]) == ("full", "1")
    assert properties["known_deviation.REQ-001"] == "expired on 2029-12-31"


def test_the_time_is_without_an_offset() -> None:
    assert parse(REPORT).attrib["timestamp"] == "2030-01-31T08:09:10"
