"""report.sarif is valid SARIF 2.1.0 with the alerts that GitHub should show."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports import render_sarif
from conformance.reports.model import Message, Report
from conformance.reports.sarif_messages import message, web_request
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import ATTACKS, PROPERTY, reports
from conformance.spec.characters import plain

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft4Validator(SCHEMA, validate_formats=True)
JUDGED = (Verdict.CONFORMS, Verdict.VIOLATES)
EMBEDDED_LINK = re.compile(r"\[(?:[^\\\[\]]|\\[\\\[\]])*\]\([^)]*\)")


def run(report: Report) -> dict[str, Any]:
    (only,) = json.loads(render_sarif.render(report))["runs"]
    return dict(only)


def strings(value: object) -> list[str]:
    """Return every string in a JSON value."""
    if isinstance(value, dict):
        return [text for item in value.items() for text in strings(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


@PROPERTY
@given(reports())
def test_every_report_is_valid_against_the_schema_of_the_standard_and_is_printable(report: Report) -> None:
    document = json.loads(render_sarif.render(report).encode().decode())
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    assert [text for text in strings(document) if not text.replace("\n", "").isprintable()] == []


def test_the_report_names_the_schema_of_the_standard() -> None:
    assert json.loads(render_sarif.render(REPORT))["$schema"] == SCHEMA["id"]


def test_each_requirement_is_a_rule_of_the_severity_of_its_level() -> None:
    rules = run(REPORT)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [requirement.id for requirement in REPORT.requirements]
    assert [(rule["properties"]["level"], rule["defaultConfiguration"]["level"]) for rule in rules[:3]] == [
        ("MUST", "error"),
        ("SHOULD", "warning"),
        ("OBSERVE", "note"),
    ]


def test_only_a_finding_is_a_result() -> None:
    results = run(REPORT)["results"]
    assert [(result["ruleId"], result["level"]) for result in results] == [("ERR-003", "error"), ("REQ-002", "warning")]
    (location,) = results[0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "openapi.yaml"
    assert location["physicalLocation"]["region"] == {"startLine": FAILURE.spec.line}


def test_an_alert_has_the_same_fingerprint_in_another_run() -> None:
    other = replace(FAILURE, actual="13", stimulus="another", occurrences=1, request=Message("GET / HTTP/1.1", (), ""))
    after = replace(
        REPORT, seed=2, requirements=(requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (other, FAILURE)),)
    )
    first, second = run(after)["results"]
    assert first["partialFingerprints"] == run(REPORT)["results"][0]["partialFingerprints"]
    assert first["partialFingerprints"] != second["partialFingerprints"]


def test_an_accepted_violation_is_suppressed_and_a_warning() -> None:
    reason = "known deviation: the fix is due in June (https://tracker.example/1)"
    accepted = requirement("ERR-003", "MUST", RequirementVerdict.WARN, (FAILURE,), reason=reason)
    report = replace(REPORT, requirements=(accepted,), deviations=(("ERR-003", "deviates"),))
    (result,) = run(report)["results"]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted", "justification": plain(reason)}]
    assert result["level"] == "warning"
    assert [item["suppressions"] for item in run(replace(REPORT, deviations=()))["results"]] == [[], []]


@pytest.mark.parametrize("verdict", Verdict)
def test_the_invocation_succeeds_if_the_run_has_a_result(verdict: Verdict) -> None:
    (invocation,) = run(replace(REPORT, verdict=verdict))["invocations"]
    levels = [item["level"] for item in invocation["toolExecutionNotifications"]]
    assert invocation["executionSuccessful"] == (verdict in JUDGED)
    assert levels == [*([] if verdict in JUDGED else ["error"]), "warning", "note"]
    assert invocation["exitCode"] == replace(REPORT, verdict=verdict).exit_code


def test_a_deviation_that_is_out_of_date_is_an_error_of_the_configuration() -> None:
    (invocation,) = run(REPORT)["invocations"]
    (notification,) = invocation["toolConfigurationNotifications"]
    assert (notification["level"], notification["associatedRule"]["id"]) == ("error", "REQ-001")
    unseen = replace(REPORT, deviations=(("REQ-099", "not exercised"),))
    (notification,) = run(unseen)["invocations"][0]["toolConfigurationNotifications"]
    assert notification == {"level": "note", "message": {"text": "known deviation, REQ-099: not exercised"}}


def test_a_request_and_its_answer_are_web_request_and_web_response() -> None:
    answered, silent = run(REPORT)["results"]
    assert answered["webRequest"]["target"] == "/v5/p/batch-async-jobs/~/commit"
    assert answered["webRequest"]["headers"] == {"X-Auth-Token": "[redacted]"}
    assert (answered["webResponse"]["statusCode"], answered["webResponse"]["protocol"]) == (400, "HTTP")
    assert FAILURE.response is not None
    assert answered["webResponse"]["body"]["text"] == FAILURE.response.body
    assert silent["webResponse"] == {"noResponseReceived": True}


def test_field_lines_with_one_name_are_a_list() -> None:
    lines = (("Allow", "GET"), ("Via", "1.1 a"), ("Allow", "PUT"))
    assert web_request(Message("GET / HTTP/1.1", lines, ""))["headers"] == {"Allow": "GET, PUT", "Via": "1.1 a"}


@pytest.mark.parametrize("text", [*ATTACKS, "{0} and {name}", "}{", r"[a\]](1)", "[[b](2)", "[](sarif:/runs/0)"])
def test_no_text_is_a_placeholder_or_a_link(text: str) -> None:
    shown = message(text)["text"]
    assert EMBEDDED_LINK.search(shown) is None
    assert re.fullmatch(r"(?:[^{}]|\{\{|\}\})*", shown)
    assert re.sub(r"\{\{|\}\}", lambda pair: pair[0][0], shown).replace("]\\(", "](") == text
