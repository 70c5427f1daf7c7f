"""badge.json: the verdict as a badge in the format of shields.io's endpoint badges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import RequirementVerdict, Verdict

if TYPE_CHECKING:
    from conformance.reports.model import Report

__all__ = ["render"]

COLOURS = {Verdict.CONFORMS: "brightgreen", Verdict.VIOLATES: "red"}


def render(report: Report) -> str:
    """Return the badge as JSON, with known fields only, since shields.io rejects any other."""
    broken = len(report.having(RequirementVerdict.FAIL))
    badge = {
        "schemaVersion": 1,
        "label": "DRS conformance",
        "message": report.verdict.value + (f" {broken} MUST" if report.verdict is Verdict.VIOLATES and broken else ""),
        "color": COLOURS.get(report.verdict, "yellow"),
        # With isError, a page that shows the badge cannot override its colour.
        "isError": report.verdict is not Verdict.CONFORMS,
    }
    return json.dumps(badge, indent=2) + "\n"
