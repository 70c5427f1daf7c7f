"""badge.json is what shields.io asks of an endpoint."""

import json
from dataclasses import replace

import jsonschema_rs
import pytest

from conformance.reports import render_badge
from conformance.reports.model import Verdict
from conformance.selftest.reports.samples import REPORT

ENDPOINT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schemaVersion", "label", "message", "color"],
    "properties": {
        "schemaVersion": {"const": 1},
        "label": {"const": "DRS conformance"},
        "message": {"type": "string", "minLength": 1},
        "color": {"enum": ["brightgreen", "red", "yellow"]},
    },
}


@pytest.mark.parametrize("verdict", Verdict)
def test_the_badge_tells_the_verdict(verdict: Verdict) -> None:
    badge = json.loads(render_badge.render(replace(REPORT, verdict=verdict)))
    jsonschema_rs.validate(ENDPOINT, badge)
    assert badge["message"] == verdict.value


def test_green_is_kept_for_conformance_and_red_for_violation() -> None:
    colours = {
        verdict: json.loads(render_badge.render(replace(REPORT, verdict=verdict)))["color"] for verdict in Verdict
    }
    assert [verdict for verdict, colour in colours.items() if colour == "brightgreen"] == [Verdict.CONFORMS]
    assert [verdict for verdict, colour in colours.items() if colour == "red"] == [Verdict.VIOLATES]
