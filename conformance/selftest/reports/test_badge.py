"""badge.json is valid for an endpoint badge of shields.io."""

import json
from dataclasses import replace

import jsonschema_rs
import pytest

from conformance.exchange.verdicts import Verdict
from conformance.reports import render_badge
from conformance.selftest.support.reports.samples import REPORT

# The documented fields of shields.io's endpoint badge, which rejects any other field.
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
def test_the_badge_has_the_verdict(verdict: Verdict) -> None:
    badge = json.loads(render_badge.render(replace(REPORT, verdict=verdict)))
    jsonschema_rs.validate(ENDPOINT, badge)
    assert badge["message"] == ("violates 1 MUST" if verdict is Verdict.VIOLATES else verdict.value)


def test_a_violation_without_a_failed_requirement_has_no_number() -> None:
    badge = json.loads(render_badge.render(replace(REPORT, requirements=REPORT.requirements[:3])))
    assert badge["message"] == "violates"


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_badge_that_says_conforms_can_get_another_colour(verdict: Verdict) -> None:
    badge = json.loads(render_badge.render(replace(REPORT, verdict=verdict)))
    assert badge["isError"] == (verdict is not Verdict.CONFORMS)


def test_only_conforms_is_green_and_only_violates_is_red() -> None:
    colours = {
        verdict: json.loads(render_badge.render(replace(REPORT, verdict=verdict)))["color"] for verdict in Verdict
    }
    assert [verdict for verdict, colour in colours.items() if colour == "brightgreen"] == [Verdict.CONFORMS]
    assert [verdict for verdict, colour in colours.items() if colour == "red"] == [Verdict.VIOLATES]
