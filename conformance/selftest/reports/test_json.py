"""conformance.json has every fact of the report and is valid against its schema."""

import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports import reading, render_json
from conformance.reports.model import FORMAT, Ending, Message, Report
from conformance.selftest.support.reports.samples import REPORT
from conformance.selftest.support.reports.strategies import PROPERTY, reports

SCHEMA = json.loads(reading.SCHEMA.read_text(encoding="utf-8"))
ADDED = ("notes", "ended_by")
"""Fields that reports of the first versions of the format do not have."""
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def without_steps(report: Report) -> Report:
    """Return the report without the steps, which are in the files of the findings."""
    cut = [
        replace(item, findings=tuple(replace(each, steps=(), alone=True) for each in item.findings))
        for item in report.requirements
    ]
    return replace(report, requirements=tuple(cut))


@PROPERTY
@given(reports(surrogates=False))
def test_every_fact_can_be_read_back(report: Report) -> None:
    assert reading.read(render_json.render(report)) == without_steps(report)


@PROPERTY
@given(reports())
def test_every_report_is_valid_against_the_schema(report: Report) -> None:
    text = render_json.render(report).encode().decode()
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(text))] == []


def test_a_lone_surrogate_becomes_the_text_of_its_escape() -> None:
    text = render_json.render(Report(**{**vars(REPORT), "reason": "got \ud800"}))
    assert json.loads(text)["reason"] == r"got \ud800"


def test_an_accepted_violation_of_a_must_is_a_warning_with_a_reason() -> None:
    accepted = replace(REPORT.requirements[3], verdict=RequirementVerdict.WARN, reason="known deviation: as agreed")
    for reason, valid in ((accepted.reason, True), ("", False)):
        report = replace(REPORT, requirements=(replace(accepted, reason=reason),))
        assert VALIDATOR.is_valid(json.loads(render_json.render(report))) == valid


def test_the_schema_is_valid() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["properties"]["format"]["const"] == FORMAT


def test_the_schema_has_every_verdict() -> None:
    requirement_schema = SCHEMA["$defs"]["requirement"]["properties"]
    assert SCHEMA["properties"]["verdict"]["enum"] == [verdict.value for verdict in Verdict]
    assert SCHEMA["properties"]["exit_code"]["enum"] == [verdict.exit_code for verdict in Verdict]
    assert requirement_schema["verdict"]["enum"] == [verdict.value for verdict in RequirementVerdict]


def objects(schema: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    own = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    return own + [found for child in children for found in objects(child)]


def test_the_schema_allows_no_unknown_field_and_requires_all_that_each_report_has() -> None:
    found = objects(SCHEMA)
    assert len(found) == 12
    for schema in found:
        assert schema["additionalProperties"] is False
        assert schema["required"] == [name for name in schema["properties"] if name not in ADDED]


@pytest.mark.parametrize("response", [None, Message("HTTP/1.1 502", (("Via", "1.1 p"),), "no")])
def test_the_exchange_that_ended_a_run_is_valid_and_read_again(response: Message | None) -> None:
    report = replace(REPORT, ended_by=Ending(Message("POST / HTTP/1.1", (), ""), response))
    text = render_json.render(report)

    assert VALIDATOR.is_valid(json.loads(text))
    assert reading.read(text).ended_by == report.ended_by


def test_a_report_without_the_fields_that_were_added_can_be_read() -> None:
    values = json.loads(render_json.render(REPORT))

    read = reading.read(json.dumps({name: value for name, value in values.items() if name not in ADDED}))

    assert read.verdict is REPORT.verdict


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["verdict"], "perfect"),
        (["exit_code"], 0),
        (["started"], "yesterday"),
        (["seed"], -1),
        (["spec", "sha256"], "abc"),
        (["surprise"], 1),
        (["requirements", 0, "id"], "one"),
        (["requirements", 0, "url"], "javascript:alert(1)"),
        (["requirements", 0, "exercised"], 0),
        (["requirements", 1, "level"], "MUST"),
        (["requirements", 3, "findings"], []),
        (["requirements", 3, "level"], "SHOULD"),
        (["requirements", 3, "spec", "pointer"], "components"),
        (["requirements", 3, "findings", 0, "request", "headers"], [["name"]]),
        (["requirements", 3, "findings", 0, "request", "headers"], [["name", "value", "more"]]),
        (["requirements", 3, "findings", 0, "response"], {}),
        (["requirements", 3, "findings", 0, "repeats"], None),
        (["requirements", 3, "findings", 0, "repeats", "broken"], -1),
        (["requirements", 4, "reason"], ""),
        (["requirements", 5, "exercised"], 1),
        (["known_deviations", 0, "state"], "unknown"),
    ],
)
def test_the_schema_rejects(path: list[str | int], value: object) -> None:
    document: Any = json.loads(render_json.render(REPORT))
    assert VALIDATOR.is_valid(document)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(document)
