"""report.html: the report for people, in one file that opens without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reports.model import RequirementVerdict
from conformance.reports.pages import TEMPLATES

if TYPE_CHECKING:
    from conformance.reports.model import Report, RequirementReport

__all__ = ["render"]


@dataclass(frozen=True)
class Unjudged:
    """Requirements that went without a judgement for one reason.

    Attributes:
        verdict: Skipped or inconclusive.
        reason: Why.
        requirements: Which, in the order of the catalogue.
    """

    verdict: RequirementVerdict
    reason: str
    requirements: tuple[RequirementReport, ...]


def render(report: Report) -> str:
    """Return the report as HTML; everything that came from the target is escaped."""
    areas: dict[str, list[RequirementReport]] = {}
    for requirement in report.requirements:
        areas.setdefault(requirement.area, []).append(requirement)
    return TEMPLATES.get_template("template.html").render(
        report=report,
        areas=areas,
        broken=report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN),
        counts={verdict.value: len(report.having(verdict)) for verdict in RequirementVerdict},
        known={requirement.id for requirement in report.requirements},
        states=dict(report.deviations),
        unjudged=_unjudged(report),
    )


def _unjudged(report: Report) -> tuple[Unjudged, ...]:
    groups: dict[tuple[RequirementVerdict, str], list[RequirementReport]] = {}
    for requirement in report.requirements:
        if requirement.verdict in (RequirementVerdict.INCONCLUSIVE, RequirementVerdict.SKIPPED):
            groups.setdefault((requirement.verdict, requirement.reason), []).append(requirement)
    return tuple(Unjudged(*key, tuple(requirements)) for key, requirements in groups.items())
