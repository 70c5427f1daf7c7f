"""badge.json is what shields.io asks of an endpoint."""

import json
from dataclasses import replace

import jsonschema_rs
import pytest

from conformance.reports import render_badge
from conformance.reports.model import Verdict
from conformance.selftest.reports.samples import REPORT

# What shields.io documents of its endpoint badge, and checks: it refuses a field that it does not know.
TEXT = {"type": "string", "minLength": 1}
ENDPOINT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schemaVersion", "label", "message"],
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"type": "string"},
        "message": TEXT,
        "color": {"enum": ["brightgreen", "green", "yellowgreen", "yellow", "orange", "red", "blue", "lightgrey"]},
        "labelColor": TEXT,
        "isError": {"type": "boolean"},
        "namedLogo": TEXT,
        "logoSvg": TEXT,
        "logoColor": TEXT,
        "logoSize": TEXT,
        "style": TEXT,
        "cacheSeconds": {"type": "integer", "minimum": 300},
    },
}


@pytest.mark.parametrize("verdict", Verdict)
def test_the_badge_tells_the_verdict(verdict: Verdict) -> None:
    badge = json.loads(render_badge.render(replace(REPORT, verdict=verdict)))
    jsonschema_rs.validate(ENDPOINT, badge)
    assert badge["message"] == ("violates 1 MUST" if verdict is Verdict.VIOLATES else verdict.value)


def test_a_violation_of_nothing_that_is_broken_has_no_number() -> None:
    badge = json.loads(render_badge.render(replace(REPORT, requirements=REPORT.requirements[:3])))
    assert badge["message"] == "violates"


@pytest.mark.parametrize("verdict", Verdict)
def test_whoever_shows_the_badge_can_paint_only_conformance_otherwise(verdict: Verdict) -> None:
    badge = json.loads(render_badge.render(replace(REPORT, verdict=verdict)))
    assert badge["isError"] == (verdict is not Verdict.CONFORMS)


def test_green_is_kept_for_conformance_and_red_for_violation() -> None:
    colours = {
        verdict: json.loads(render_badge.render(replace(REPORT, verdict=verdict)))["color"] for verdict in Verdict
    }
    assert [verdict for verdict, colour in colours.items() if colour == "brightgreen"] == [Verdict.CONFORMS]
    assert [verdict for verdict, colour in colours.items() if colour == "red"] == [Verdict.VIOLATES]
