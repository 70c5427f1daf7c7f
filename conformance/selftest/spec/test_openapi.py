"""The OpenAPI document keeps the rules of the house; its mistakes are planted beside the linters of others."""

from pathlib import Path

import pytest

from conformance.specification import SPEC_PATH, Specification
from scripts.spec import gate, house


def test_nothing_is_found_in_the_document() -> None:
    assert list(gate.find_own(SPEC_PATH)) == []


def test_finding_names_the_line_of_its_place() -> None:
    specification = Specification(SPEC_PATH.read_bytes())
    lines = SPEC_PATH.read_text(encoding="utf-8").splitlines()

    limit = gate.line_of(specification, "/components/schemas/ServiceError/properties/error_msg/maxLength")
    lost = gate.line_of(specification, "/components/schemas/ServiceError/properties/error_msg/pattern/0")

    assert lines[limit - 1].split() == ["maxLength:", "512"]
    assert lines[lost - 1].split() == ["error_msg:"]


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


def test_finding_is_written_as_compilers_do(tmp_path: Path) -> None:
    document = tmp_path / "openapi.yaml"
    document.write_text(f"{SPEC_PATH.read_text(encoding='utf-8')}# x \n", encoding="utf-8")

    (finding,) = gate.find_own(document)

    last = len(document.read_text(encoding="utf-8").splitlines())
    assert str(finding) == f"{document}:{last}: the line has a tab, or blanks at its end [house lines]"
