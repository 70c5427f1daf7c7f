"""report.html: the report for people, in one file that opens without a network."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jinja2

from conformance.reports.model import RequirementVerdict

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


def _visible(value: object) -> object:
    """Show what cannot be seen, or would steer the text around it, as a code point; Jinja then escapes the rest."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return "".join(c if c.isprintable() or c in "\n\t" else f"\u27e8U+{ord(c):04X}\u27e9" for c in value)


def _sha256(text: str) -> str:
    """Return the hash by which the page's security policy permits a style sheet or a script."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("conformance.reports", ""),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    # Applied to every value in the template, so that none can be forgotten.
    finalize=_visible,
)
TEMPLATES.filters["sha256"] = _sha256
