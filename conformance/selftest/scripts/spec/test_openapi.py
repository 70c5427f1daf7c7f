"""Tests of the house rules on openapi.yaml; peers/test_spec_gate.py plants mistakes and adds the linters."""

from pathlib import Path

import pytest

from conformance.spec.openapi import SPEC_PATH, Specification
from scripts.spec import gate, house


def test_the_document_has_no_findings() -> None:
    assert list(gate.find_own(SPEC_PATH)) == []


def test_finding_has_the_line_of_its_place_or_of_the_nearest_parent() -> None:
    specification = Specification(SPEC_PATH.read_bytes())
    lines = SPEC_PATH.read_text(encoding="utf-8").splitlines()

    limit = gate.line_of(specification, "/components/schemas/ServiceError/properties/error_msg/maxLength")
    missing = gate.line_of(specification, "/components/schemas/ServiceError/properties/error_msg/pattern/0")

    assert lines[limit - 1].split() == ["maxLength:", "512"]
    assert lines[missing - 1].split() == ["error_msg:"]


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("", "x-effect is missing"),
        ("      x-effect: costs\n", "x-effect is 'costs'"),
        ("      x-effect: [bills]\n", "x-effect is ['bills']"),
        ("      x-effect:\n", "x-effect is None"),
    ],
)
def test_effect_that_is_not_one_of_three_is_refused(tmp_path: Path, line: str, given: str) -> None:
    document = tmp_path / "openapi.yaml"
    text = SPEC_PATH.read_text(encoding="utf-8")
    document.write_text(text.replace("      x-effect: bills\n", line), encoding="utf-8")

    (message,) = [finding.message for finding in gate.find_own(document) if finding.rule == "house effect"]

    assert f"commit/post: {given}; write one of none, creates, bills: " in message


@pytest.mark.parametrize("effect", house.EFFECTS)
def test_each_effect_passes(tmp_path: Path, effect: str) -> None:
    document = tmp_path / "openapi.yaml"
    text = SPEC_PATH.read_text(encoding="utf-8")
    document.write_text(text.replace("x-effect: bills\n", f"x-effect: {effect}\n"), encoding="utf-8")

    assert [finding for finding in gate.find_own(document) if finding.rule.startswith("house")] == []


def test_finding_is_written_in_the_format_of_compilers(tmp_path: Path) -> None:
    document = tmp_path / "openapi.yaml"
    document.write_text(f"{SPEC_PATH.read_text(encoding='utf-8')}# x \n", encoding="utf-8")

    (finding,) = gate.find_own(document)

    last = len(document.read_text(encoding="utf-8").splitlines())
    assert str(finding) == f"{document}:{last}: the line has a tab or trailing white space; remove it [house lines]"


def test_a_changed_fact_is_quoted_with_its_file_and_id(tmp_path: Path) -> None:
    document = tmp_path / "openapi.yaml"
    text = SPEC_PATH.read_text(encoding="utf-8")
    document.write_text(text.replace("maxLength: 512", "maxLength: 511", 1), encoding="utf-8")

    (finding,) = gate.find_own(document)

    assert finding.message == (
        "/components/schemas/ServiceError/properties/error_msg/maxLength differs from the recorded fact "
        '"An error message has at most 512 characters." (scripts/spec/facts.yaml, refused-error-msg-longest); '
        "if the documentation has changed, update the fact"
    )
