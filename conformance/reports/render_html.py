"""report.html: the report for people, in one file that needs no network."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import BROKEN, REQUIREMENT_SEVERITY, RequirementVerdict
from conformance.reports import render_finding
from conformance.reports.pages import TEMPLATES
from conformance.spec.catalogue import LEVELS

if TYPE_CHECKING:
    from conformance.reports.model import Report, RequirementReport

__all__ = ["render"]

ID = re.compile(r"\b([A-Z]+-[0-9]{3})\b")


def render(report: Report) -> str:
    """Return the report as HTML; everything that came from the target is escaped."""
    matrix: dict[str, Counter[str]] = {}
    passed: dict[str, list[RequirementReport]] = {}
    for requirement in report.requirements:
        matrix.setdefault(requirement.area, Counter())[requirement.verdict.value] += 1
        if requirement.verdict is RequirementVerdict.PASS:
            passed.setdefault(requirement.area, []).append(requirement)
    levels = Counter(requirement.level for requirement in report.requirements)
    return TEMPLATES.get_template("report.html").render(
        report=report,
        matrix=matrix,
        totals=sum(matrix.values(), Counter()),
        verdicts=[verdict.value for verdict in REQUIREMENT_SEVERITY],
        levels={level: levels[level] for level in LEVELS if levels[level]},
        broken=report.having(*BROKEN),
        unjudged=report.unjudged(),
        passed=passed,
        states=dict(report.deviations),
        replay=partial(render_finding.command, report),
        references=partial(_references, known={requirement.id for requirement in report.requirements}),
    )


def _references(text: str, *, known: set[str]) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is the ID of a requirement in this report."""
    return [(piece, piece in known) for piece in ID.split(text) if piece]
