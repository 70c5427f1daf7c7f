"""Each format reads as it is published: a change of it is meant, and seen in a review."""

import pytest

from conformance.selftest.reports import golden

REMEDY = f"if that is meant, run .venv/bin/python -m {golden.__name__}, and look at the difference"


@pytest.mark.parametrize("name", golden.NAMES)
def test_the_report_reads_as_it_is_published(name: str) -> None:
    published = (golden.FOLDER / name).read_text(encoding="utf-8")
    assert golden.texts()[name] == published, REMEDY


def test_each_golden_file_is_looked_at() -> None:
    found = {path.name for path in golden.FOLDER.iterdir() if path.suffix not in (".py", "")}
    assert found == set(golden.NAMES)
