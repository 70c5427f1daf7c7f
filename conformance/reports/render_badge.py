"""badge.json: the verdict as a badge, in the format of shields.io's endpoint badges."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.reports.model import Verdict

if TYPE_CHECKING:
    from conformance.reports.model import Report

__all__ = ["render"]

COLOURS = {Verdict.CONFORMS: "brightgreen", Verdict.VIOLATES: "red"}


def render(report: Report) -> str:
    """Return the badge as JSON."""
    badge = {
        "schemaVersion": 1,
        "label": "DRS conformance",
        "message": report.verdict.value,
        "color": COLOURS.get(report.verdict, "yellow"),
    }
    return json.dumps(badge, indent=2) + "\n"
