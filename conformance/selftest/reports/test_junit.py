"""junit.xml is valid against the schema of Jenkins, and its counts are right."""

from pathlib import Path
from xml.etree import ElementTree as ET

import xmlschema
from hypothesis import given

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports import render_junit
from conformance.reports.model import Report
from conformance.reports.text import finding
from conformance.selftest.support.reports.samples import FAILURE, REPORT
from conformance.selftest.support.reports.strategies import PROPERTY, reports

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit-10.xsd")


def parse(report: Report) -> ET.Element:
    root = ET.fromstring(render_junit.render(report).encode())  # noqa: S314 - our own output
    SCHEMA.validate(root)
    suite = root.find("testsuite")
    assert suite is not None
    return suite


@PROPERTY
@given(reports())
def test_each_requirement_is_one_case_and_an_unsuccessful_run_without_a_failure_has_one_more(report: Report) -> None:
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


def test_a_failure_has_the_actual_text_as_its_message_and_then_all_facts() -> None:
    failure = parse(REPORT).find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "MUST", "message": FAILURE.actual}
    assert failure.text == finding(REPORT.requirements[3])


def test_a_warning_and_an_observation_are_output_of_passed_cases() -> None:
    suite = parse(REPORT)
    assert [node.text for node in suite.iterfind("testcase/system-err")] == [finding(REPORT.requirements[1])]
    assert [node.text for node in suite.iterfind("testcase/system-out")] == [REPORT.requirements[2].reason]


def test_the_properties_describe_the_run() -> None:
    properties = {node.attrib["name"]: node.attrib["value"] for node in parse(REPORT).iterfind("properties/property")}
    assert properties["target"] == REPORT.target
    assert (properties["profile"], properties["seed"]) == ("full", "1")
    assert properties["known_deviation.REQ-001"] == "expired on 2029-12-31"


def test_the_time_has_no_offset() -> None:
    assert parse(REPORT).attrib["timestamp"] == "2030-01-31T08:09:10"
