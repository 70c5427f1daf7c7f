"""report.html: the report for people, in one file that opens without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from conformance.reports.model import RequirementVerdict

if TYPE_CHECKING:
    from conformance.reports.model import Report

__all__ = ["render"]

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("conformance.reports", ""),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(report: Report) -> str:
    """Return the report as HTML; everything that came from the target is escaped."""
    areas: dict[str, list[object]] = {}
    for requirement in report.requirements:
        areas.setdefault(requirement.area, []).append(requirement)
    return TEMPLATES.get_template("template.html").render(
        report=report,
        areas=areas,
        broken=report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN),
        counts={verdict.value: len(report.having(verdict)) for verdict in RequirementVerdict},
    )
