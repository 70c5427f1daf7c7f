"""Each format is equal to its golden file, so that a change is deliberate and visible in a review."""

import pytest

from conformance.selftest.reports import golden

REMEDY = f"if the change is deliberate, run .venv/bin/python -m {golden.__name__} and review the difference"


@pytest.mark.parametrize("name", golden.NAMES)
def test_each_format_equals_its_golden_file(name: str) -> None:
    expected = (golden.FOLDER / name).read_text(encoding="utf-8")
    assert golden.texts()[name] == expected, REMEDY


def test_each_golden_file_is_tested() -> None:
    found = {path.name for path in golden.FOLDER.iterdir() if path.suffix not in (".py", "")}
    assert found == set(golden.NAMES)
