"""Tests that mypy and pyright accept the installed client and find the mistakes of a user."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.selftest.support.client import sample_program
from conformance.selftest.support.peers import type_checkers
from conformance.selftest.support.peers.type_checkers import CheckerError
from scripts.client.package import HTTP_LIBRARIES, PACKAGE, build, choose_http_library
from scripts.client.specification import read_spec
from scripts.environment import OPTIONS_OF_CLIENT, Environment, create
from scripts.generate import SOURCE

PROGRAM = "sample_program.py"
MISTAKES = "mistakes.py"
MARK = "# mistake"

Checked = tuple[Environment, Path]
Checker = Callable[..., list[CheckerError]]


@pytest.fixture(scope="session", params=HTTP_LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    """An HTTP library."""
    return str(request.param)


@pytest.fixture(scope="session")
def tree(library: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the client for the HTTP library."""
    return build(read_spec(SOURCE), tmp_path_factory.mktemp(library), http_library=library)


@pytest.fixture(scope="session")
def checked(library: str, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """An environment with only the client, and a folder with two programs that use it."""
    workspace = tmp_path_factory.mktemp("types")
    environment = create(workspace / "environment")
    environment.install(*OPTIONS_OF_CLIENT, str(tree))
    folder = workspace / "folder"
    folder.mkdir()
    shutil.copy(sample_program.__file__, folder / PROGRAM)
    shutil.copy(Path(__file__).with_name("mistakes.txt"), folder / MISTAKES)
    for program in (PROGRAM, MISTAKES):
        choose_http_library(folder / program, library)
    return environment, folder


def test_client_for_another_library_does_not_import_httpx(library: str, tree: Path) -> None:
    lines = {
        line.strip()
        for path in (tree / "README.md", *tree.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(from|import) httpx", line)
    }
    assert lines == {"import httpx" if library == "httpx" else f"import {library} as httpx"}


@pytest.mark.parametrize("check", [type_checkers.mypy, type_checkers.pyright], ids=["mypy", "pyright"])
def test_checkers_find_the_mistakes_of_a_program_and_nothing_else(checked: Checked, check: Checker) -> None:
    _, folder = checked
    lines = (folder / MISTAKES).read_text(encoding="utf-8").splitlines()
    marked = {(MISTAKES, number) for number, line in enumerate(lines, start=1) if line.endswith(MARK)}
    errors = check(*checked, PACKAGE, PROGRAM, MISTAKES)

    assert {(error.file, error.line) for error in errors} == marked, errors
    assert len(marked) > 20


def test_each_public_name_has_a_type_and_a_docstring(checked: Checked) -> None:
    counts = type_checkers.completeness(*checked, PACKAGE)
    symbols = counts["exportedSymbolCounts"]

    assert [symbol for symbol in counts["symbols"] if symbol["isExported"] and not symbol["isTypeKnown"]] == []
    assert (symbols["withAmbiguousType"], symbols["withUnknownType"]) == (0, 0)
    assert symbols["withKnownType"] > 100
    assert counts["completenessScore"] == 1
    assert (counts["missingFunctionDocStringCount"], counts["missingClassDocStringCount"]) == (0, 0)
