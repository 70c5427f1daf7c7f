"""junit.xml: one test case for each requirement, for continuous integration."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.reports.console import finding, printable
from conformance.reports.model import RequirementVerdict, Verdict

if TYPE_CHECKING:
    from conformance.reports.model import Report, RequirementReport

__all__ = ["render"]


def render(report: Report) -> str:
    """Return the report as JUnit XML."""
    cases = [_case(requirement) for requirement in report.requirements]
    failed = any(case.find("failure") is not None for case in cases)
    errors = int(report.verdict is not Verdict.CONFORMS and not failed)
    if errors:
        cases.append(_run_error(report))
    suite = ET.Element(
        "testsuite",
        name="drs-conform",
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(errors),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{report.seconds:.3f}",
        timestamp=report.started,
    )
    suite.extend(cases)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(requirement: RequirementReport) -> ET.Element:
    name = printable(f"{requirement.id} {requirement.level} {requirement.title}")
    case = ET.Element("testcase", classname=printable(f"conformance.{requirement.area}"), name=name, time="0")
    if requirement.verdict is RequirementVerdict.FAIL:
        failure = ET.SubElement(case, "failure", message=printable(requirement.findings[0].actual))
        failure.text = finding(requirement)
    elif requirement.verdict in (RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE):
        ET.SubElement(case, "skipped", message=printable(requirement.reason))
    elif requirement.verdict is RequirementVerdict.WARN:
        ET.SubElement(case, "system-out").text = finding(requirement)
    return case


def _run_error(report: Report) -> ET.Element:
    case = ET.Element("testcase", classname="conformance", name="the run", time="0")
    ET.SubElement(case, "error", message=printable(f"{report.verdict.value}: {report.reason}"))
    return case
