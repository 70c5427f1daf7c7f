"""The OpenAPI document keeps the rules of the house; its mistakes are planted beside the linters of others."""

from pathlib import Path

from conformance.specification import SPEC_PATH, Specification
from scripts.spec import gate


def test_nothing_is_found_in_the_document() -> None:
    assert list(gate.find_own(SPEC_PATH)) == []


def test_finding_names_the_line_of_its_place() -> None:
    specification = Specification(SPEC_PATH.read_bytes())
    lines = SPEC_PATH.read_text(encoding="utf-8").splitlines()

    limit = gate.line_of(specification, "/components/schemas/ServiceError/properties/error_msg/maxLength")
    lost = gate.line_of(specification, "/components/schemas/ServiceError/properties/error_msg/pattern/0")

    assert lines[limit - 1].split() == ["maxLength:", "512"]
    assert lines[lost - 1].split() == ["error_msg:"]


def test_finding_is_written_as_compilers_do(tmp_path: Path) -> None:
    document = tmp_path / "openapi.yaml"
    document.write_text(f"{SPEC_PATH.read_text(encoding='utf-8')}# x \n", encoding="utf-8")

    (finding,) = gate.find_own(document)

    last = len(document.read_text(encoding="utf-8").splitlines())
    assert str(finding) == f"{document}:{last}: the line has a tab, or blanks at its end [house lines]"
