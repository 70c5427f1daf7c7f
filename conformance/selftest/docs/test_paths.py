"""Every path that a document names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent
ROOT = PACKAGE.parent
DOCUMENTS = [ROOT / "README.md", *sorted((PACKAGE / "docs").glob("*.md"))]
PATH = re.compile(r"`((?:conformance|scripts|generated)/[\w./<>*-]*)`")
AREAS = sorted(path.parent.name for path in (PACKAGE / "requirements").glob("*/requirements.yaml"))


def _instances(path: str) -> list[str]:
    if "<area>" in path:
        # A fault's area may be a package, and not each area has scenarios.
        return [path.replace("<area>", area) for area in AREAS]
    return [re.sub(r"<\w+>", "*", path)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_path_in_a_document_exists(document: Path) -> None:
    missing = [
        path
        for path in PATH.findall(document.read_text(encoding="utf-8"))
        if not any(list(ROOT.glob(instance.rstrip("/"))) for instance in _instances(path))
    ]

    assert missing == []


@pytest.mark.parametrize(("name", "least"), [("README.md", 8), ("architecture.md", 30), ("authoring.md", 5)])
def test_the_documents_name_paths(name: str, least: int) -> None:
    [document] = [path for path in DOCUMENTS if path.name == name]

    assert len(PATH.findall(document.read_text(encoding="utf-8"))) >= least


def test_the_package_has_few_modules_outside_of_packages() -> None:
    assert sorted(path.name for path in PACKAGE.glob("*.py")) == [
        "__init__.py",
        "__main__.py",
        "errors.py",
        "interpreter.py",
    ]


def test_each_test_that_holds_a_promise_exists() -> None:
    model = (PACKAGE / "docs" / "threat-model.md").read_text(encoding="utf-8")
    tests = re.findall(r"`(?:conformance/selftest/)?(\w+/test_\w+\.py)`", model)

    assert len(tests) > 30
    assert [test for test in tests if not (PACKAGE / "selftest" / test).is_file()] == []
