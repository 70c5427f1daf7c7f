"""junit.xml: one test case for each requirement, for CI, valid against junit-10.xsd of Jenkins."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.exchange.verdicts import UNJUDGED, RequirementVerdict, Verdict
from conformance.reports.text import finding
from conformance.spec.characters import plain, printable

if TYPE_CHECKING:
    from conformance.reports.model import Report, RequirementReport

__all__ = ["render"]

OWN = ("target", "command")
"""Properties that the user gave, whose addresses may become links."""


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
        timestamp=report.started.removesuffix("+00:00"),  # the format, which is Ant's, has no offset
    )
    suite.append(_properties(report))
    suite.extend(cases)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _properties(report: Report) -> ET.Element:
    values = {
        "verdict": report.verdict.value,
        "reason": report.reason,
        "target": report.target,
        "profile": report.profile,
        "seed": report.seed,
        "requests": report.requests,
        "requests_sha256": report.requests_sha256,
        "spec_version": report.spec_version,
        "spec_sha256": report.spec_sha256,
        "suite_version": report.suite_version,
        "command": report.command,
        **{f"known_deviation.{key}": state for key, state in report.deviations},
    }
    properties = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=(printable if name in OWN else plain)(str(value)))
    return properties


def _case(requirement: RequirementReport) -> ET.Element:
    name = plain(f"{requirement.id} {requirement.level} {requirement.title}")
    case = ET.Element("testcase", classname=plain(f"conformance.{requirement.area}"), name=name, time="0")
    reason = plain(requirement.reason)
    if requirement.verdict is RequirementVerdict.FAIL:
        message = plain(requirement.findings[0].actual)
        ET.SubElement(case, "failure", type=requirement.level, message=message).text = finding(requirement)
    elif requirement.verdict in UNJUDGED:
        ET.SubElement(case, "skipped", type=requirement.verdict.value, message=reason)
    elif requirement.verdict is RequirementVerdict.WARN:
        ET.SubElement(case, "system-err").text = finding(requirement) + (f"\n  reason    {reason}" if reason else "")
    elif reason:
        ET.SubElement(case, "system-out").text = reason
    return case


def _run_error(report: Report) -> ET.Element:
    case = ET.Element("testcase", classname="conformance", name="the run", time="0")
    ET.SubElement(case, "error", type=report.verdict.value, message=plain(report.reason))
    return case
