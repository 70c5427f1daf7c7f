"""A requirement as a rule of SARIF, and its findings as results: what GitHub makes an alert of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reports.markdown import line, link
from conformance.reports.model import RequirementVerdict
from conformance.reports.rows import printable
from conformance.reports.sarif_messages import message, web_request, web_response

if TYPE_CHECKING:
    from conformance.reports.model import Finding, RequirementReport

__all__ = ["DOCUMENT", "results", "rule"]

DOCUMENT = {"uri": "openapi.yaml", "uriBaseId": "%SRCROOT%"}
LEVELS = {"MUST": "error", "SHOULD": "warning", "OBSERVE": "note"}
SEVERITIES = {"MUST": "error", "SHOULD": "warning", "OBSERVE": "recommendation"}
"""What GitHub sorts alerts by, in its own words."""


def rule(requirement: RequirementReport) -> dict[str, Any]:
    """Return a requirement as a rule."""
    area, place = printable(requirement.area), f"openapi.yaml:{requirement.spec.line}"
    help_text = f"{requirement.clause} {requirement.source}: {requirement.url}, {place}"
    # GitHub does not show helpUri; this is the link that its readers get.
    markdown = f"{line(requirement.clause)} {link(requirement.source, requirement.url)}, {place}"
    return {
        "id": requirement.id,
        "shortDescription": message(printable(requirement.title)),
        "fullDescription": message(printable(requirement.clause)),
        **({"helpUri": requirement.url} if requirement.url.startswith("https://") else {}),
        "help": message(printable(help_text), markdown=markdown),
        "defaultConfiguration": {"level": LEVELS[requirement.level]},
        "properties": {
            "area": area,
            "level": requirement.level,
            "tags": [requirement.level, area],
            "problem.severity": SEVERITIES[requirement.level],
        },
    }


def results(requirement: RequirementReport, index: int, *, accepted: bool) -> list[dict[str, Any]]:
    """Return the findings of a requirement as results.

    Args:
        requirement: The requirement, broken.
        index: Which rule it is.
        accepted: Whether the user knows of the breach and accepts it.
    """
    level = LEVELS[requirement.level]
    if level == "error" and requirement.verdict is not RequirementVerdict.FAIL:
        level = "warning"  # an accepted breach; GitHub heeds no suppression, and would let it fail a pull request
    suppression = {"kind": "external", "status": "accepted"}
    if requirement.reason:
        suppression["justification"] = printable(requirement.reason)
    same = {
        "ruleId": requirement.id,
        "ruleIndex": index,
        "level": level,
        "suppressions": [suppression] if accepted else [],
    }
    return [same | _result(requirement, finding, number) for number, finding in enumerate(requirement.findings, 1)]


def _result(requirement: RequirementReport, finding: Finding, number: int) -> dict[str, Any]:
    told = f"expected: {finding.expected}; got: {finding.actual} ({finding.seen(requirement.exercised)})"
    place = {"artifactLocation": {**DOCUMENT, "index": 0}, "region": {"startLine": finding.spec.line}}
    pointer = {"fullyQualifiedName": printable(finding.spec.pointer)}
    return {
        "message": message(printable(told)),
        "locations": [{"physicalLocation": place, "logicalLocations": [pointer]}],
        # An alert stays the same as long as it is about the same requirement: the request that shows it, what came,
        # and the text of that line of openapi.yaml may be others in the next run. GitHub looks at this key alone.
        "partialFingerprints": {"primaryLocationLineHash": f"{requirement.id}:{number}"},
        "occurrenceCount": finding.occurrences,
        "webRequest": web_request(finding.request),
        "webResponse": web_response(finding.response),
        "properties": {
            "expected": printable(finding.expected),
            "actual": printable(finding.actual),
            "stimulus": printable(finding.stimulus),
            "curl": [printable(command) for command in finding.curl.splitlines()],
            "alsoAffected": requirement.also_affected,
        },
    }
