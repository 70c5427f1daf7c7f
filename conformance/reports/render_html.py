"""report.html: the report for people, in one file that opens without a network."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from conformance.reports import render_finding
from conformance.reports.model import RequirementVerdict
from conformance.reports.pages import TEMPLATES

if TYPE_CHECKING:
    from conformance.reports.model import Report, RequirementReport

__all__ = ["render"]

VERDICTS = ("fail", "warn", "inconclusive", "skipped", "pass")
"""The columns of the matrix, the worst first."""

LEVELS = ("MUST", "SHOULD", "OBSERVE")

ID = re.compile(r"\b([A-Z]+-[0-9]{3})\b")


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
    matrix: dict[str, Counter[str]] = {}
    met: dict[str, list[RequirementReport]] = {}
    for requirement in report.requirements:
        matrix.setdefault(requirement.area, Counter())[requirement.verdict.value] += 1
        if requirement.verdict is RequirementVerdict.PASS:
            met.setdefault(requirement.area, []).append(requirement)
    levels = Counter(requirement.level for requirement in report.requirements)
    return TEMPLATES.get_template("report.html").render(
        report=report,
        matrix=matrix,
        totals=sum(matrix.values(), Counter()),
        verdicts=VERDICTS,
        levels={level: levels[level] for level in LEVELS if levels[level]},
        broken=report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN),
        unjudged=_unjudged(report),
        met=met,
        states=dict(report.deviations),
        replay=partial(render_finding.command, report),
        references=partial(_references, known={requirement.id for requirement in report.requirements}),
    )


def _references(text: str, *, known: set[str]) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is the id of a requirement in this report."""
    return [(piece, piece in known) for piece in ID.split(text) if piece]


def _unjudged(report: Report) -> tuple[Unjudged, ...]:
    groups: dict[tuple[RequirementVerdict, str], list[RequirementReport]] = {}
    for requirement in report.requirements:
        if requirement.verdict in (RequirementVerdict.INCONCLUSIVE, RequirementVerdict.SKIPPED):
            groups.setdefault((requirement.verdict, requirement.reason), []).append(requirement)
    return tuple(Unjudged(*key, tuple(requirements)) for key, requirements in groups.items())
