"""SARIF rules, one for each requirement, and SARIF results, one for each finding, which GitHub shows as alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.exchange.verdicts import RequirementVerdict
from conformance.reports.markdown import line, link
from conformance.reports.sarif_messages import message, web_request, web_response
from conformance.spec.catalogue import LEVELS
from conformance.spec.characters import plain, printable

if TYPE_CHECKING:
    from conformance.reports.model import Finding, RequirementReport

__all__ = ["DOCUMENT", "results", "rule"]

DOCUMENT = {"uri": "openapi.yaml", "uriBaseId": "%SRCROOT%"}
SARIF_LEVELS = dict(zip(LEVELS, ("error", "warning", "note"), strict=True))
SEVERITIES = dict(zip(LEVELS, ("error", "warning", "recommendation"), strict=True))
"""The severities by which GitHub sorts alerts."""


def rule(requirement: RequirementReport) -> dict[str, Any]:
    """Return a requirement as a rule."""
    area, place = plain(requirement.area), f"openapi.yaml:{requirement.spec.line}"
    help_text = f"{plain(f'{requirement.clause} {requirement.source}')}: {printable(requirement.url)}, {place}"
    # GitHub does not show helpUri, but this link.
    markdown = f"{line(requirement.clause)} {link(requirement.source, requirement.url)}, {place}"
    return {
        "id": requirement.id,
        "shortDescription": message(plain(requirement.title)),
        "fullDescription": message(plain(requirement.clause)),
        **({"helpUri": requirement.url} if requirement.url.startswith("https://") else {}),
        "help": message(help_text, markdown=markdown),
        "defaultConfiguration": {"level": SARIF_LEVELS[requirement.level]},
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
        requirement: The violated requirement.
        index: Index of its rule.
        accepted: Whether the user accepts the violation.
    """
    level = SARIF_LEVELS[requirement.level]
    if level == "error" and requirement.verdict is not RequirementVerdict.FAIL:
        level = "warning"  # an accepted violation; GitHub ignores suppressions, and an error would fail a pull request
    suppression = {"kind": "external", "status": "accepted"}
    if requirement.reason:
        suppression["justification"] = plain(requirement.reason)
    same = {
        "ruleId": requirement.id,
        "ruleIndex": index,
        "level": level,
        "suppressions": [suppression] if accepted else [],
    }
    return [same | _result(requirement, finding, number) for number, finding in enumerate(requirement.findings, 1)]


def _result(requirement: RequirementReport, finding: Finding, number: int) -> dict[str, Any]:
    text = f"expected: {finding.expected}; got: {finding.actual} (seen {finding.seen(requirement.exercised)})"
    place = {"artifactLocation": {**DOCUMENT, "index": 0}, "region": {"startLine": finding.spec.line}}
    pointer = {"fullyQualifiedName": plain(finding.spec.pointer)}
    return {
        "message": message(plain(text)),
        "locations": [{"physicalLocation": place, "logicalLocations": [pointer]}],
        # GitHub identifies an alert by this key alone. It depends on the requirement only, since the request, the
        # answer and the line of openapi.yaml may differ in the next run.
        "partialFingerprints": {"primaryLocationLineHash": f"{requirement.id}:{number}"},
        "occurrenceCount": finding.occurrences,
        "webRequest": web_request(finding.request),
        "webResponse": web_response(finding.response),
        "properties": {
            "expected": plain(finding.expected),
            "actual": plain(finding.actual),
            "stimulus": plain(finding.stimulus),
            "curl": [printable(command) for command in finding.curl.splitlines()],
            "alsoAffected": requirement.also_affected,
        },
    }
