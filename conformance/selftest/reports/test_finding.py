"""A finding's file is valid against its schema and can be read back."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.verdicts import RequirementVerdict
from conformance.findings import file
from conformance.reports import render_finding
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import PROPERTY, findings, steps, texts

if TYPE_CHECKING:
    from conformance.reports.model import Finding, RequirementReport

SCHEMA = json.loads(Path(render_finding.__file__).with_name("finding.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)

recordable = st.builds(
    replace,
    findings(texts(surrogates=False)),
    steps=st.lists(steps(), max_size=3).map(tuple),
    alone=st.booleans(),
)


def broken(finding: Finding) -> RequirementReport:
    return requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (finding,))


def document(**changed: object) -> dict[str, Any]:
    return {**json.loads(render_finding.render(REPORT, broken(FAILURE), FAILURE)), **changed}


def request(**changed: object) -> list[dict[str, Any]]:
    [own] = document()["requests"]
    return [{name: value for name, value in {**own, **changed}.items() if value != "left out"}]


@PROPERTY
@given(recordable)
def test_every_finding_is_valid_against_the_schema_and_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, finding: Finding
) -> None:
    path = tmp_path_factory.getbasetemp() / "finding.json"
    path.write_text(render_finding.render(REPORT, broken(finding), finding), encoding="utf-8")

    read = file.read(path)

    assert [error.message for error in VALIDATOR.iter_errors(json.loads(path.read_bytes()))] == []
    assert read.steps == finding.steps
    assert (read.alone, read.repeats, read.stimulus) == (finding.alone, finding.repeats, finding.stimulus)
    assert read.actual == finding.actual
    assert (read.requirement, read.seed, read.target) == ("ERR-003", REPORT.seed, REPORT.target)


def test_a_body_in_utf_8_is_text_and_any_other_is_base64() -> None:
    [step] = FAILURE.steps
    for body, written in ((b"[\xe6\x89\xb9]", {"body": "[批]"}), (b"\xff", {"body_base64": "/w=="})):
        finding = replace(FAILURE, steps=(replace(step, body=body),))
        [sent] = json.loads(render_finding.render(REPORT, broken(finding), finding))["requests"]
        assert {name: value for name, value in sent.items() if name.startswith("body")} == written


def test_a_second_finding_of_a_requirement_has_a_file_of_its_own() -> None:
    report = replace(REPORT, requirements=(replace(broken(FAILURE), findings=(FAILURE, FAILURE)),))
    assert [name for name, _ in render_finding.render_all(report)] == [
        "findings/ERR-003.json",
        "findings/ERR-003-2.json",
    ]


def test_the_command_has_the_file_and_the_target_unless_that_is_the_built_in_mock() -> None:
    def words(target: str) -> list[str]:
        return shlex.split(
            render_finding.command(replace(REPORT, target=target), broken(FAILURE), directory=Path("my reports"))
        )

    alone = ["drs-conform", "replay", "my reports/findings/ERR-003.json"]
    assert words("http://127.0.0.1:1 (the built-in mock)") == words("the built-in mock") == alone
    assert words("https://drs.example.com") == [*alone, "--target", "https://drs.example.com"]


def test_the_schema_is_valid_and_has_this_format() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["properties"]["format"]["const"] == render_finding.FORMAT


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2},
        {"surprise": 1},
        {"requirement": "one"},
        {"level": "MAY"},
        {"seed": -1},
        {"repeats": None},
        {"requests": request(target="elsewhere")},
        {"requests": request(headers=[["name"]])},
        {"requests": request(headers=[["", "value"]])},
        {"requests": request(body="left out")},
        {"requests": request(body_base64="AA==")},
        {"requests": request(body="left out", body_base64="A=A")},
        {"requests": request(batch={"state": "lost", "id": None})},
        {"requests": request(batch={"state": "ready", "id": "a/b"})},
    ],
    ids=str,
)
def test_the_schema_rejects(changed: dict[str, object]) -> None:
    assert VALIDATOR.is_valid(document())
    assert not VALIDATOR.is_valid(document(**changed))
