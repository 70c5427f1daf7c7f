"""The example of the authoring guide works on a copy of the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

import conformance
from conformance.config.options import without_variables
from conformance.spec import catalogue
from conformance.spec.openapi import SPEC_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(conformance.__file__).parent
GUIDE = PACKAGE / "docs" / "authoring.md"
EXAMPLE = "HTTP-090"
FAULT = "request-id-missing"
FILES = {
    "entry": "conformance/requirements/http/requirements.yaml",
    "oracle": "conformance/requirements/http/oracles.py",
    "fault": "conformance/mock/faults/http/protocol.py",
}
WITHOUT = {
    "oracle": "test_each_requirement_has_an_oracle_and_each_oracle_a_requirement",
    "fault": "test_each_requirement_that_can_be_broken_has_a_fault",
}


class Copy:
    """A copy of the suite with some blocks of the guide appended."""

    def __init__(self, directory: Path, *, without: str | None = None) -> None:
        self._directory = directory
        shutil.copytree(PACKAGE, directory / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(SPEC_PATH, directory / "openapi.yaml")
        for part, block in blocks().items():
            if part != without:
                with (directory / FILES[part]).open("a", encoding="utf-8") as file:
                    file.write(block if part == "entry" else f"\n\n{block}")

    def command(self, module: str, *arguments: str) -> dict[str, Any]:
        """Return the arguments of Popen to run a module of the copy, which is the working directory."""
        kept = without_variables(os.environ, "PYTEST_")
        return {"args": [sys.executable, "-m", module, *arguments], "cwd": self._directory, "env": kept, "text": True}

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(**self.command(module, *arguments), capture_output=True, check=False, timeout=120)

    def findings(self, *arguments: str) -> tuple[int, dict[str, int]]:
        """Run the suite; return the exit code and the number of findings of each requirement that has some."""
        code = self.run("conformance", *arguments).returncode
        report = json.loads((self._directory / "reports" / "conformance.json").read_text(encoding="utf-8"))
        assert EXAMPLE in {item["id"] for item in report["requirements"] if item["exercised"]}
        return code, {item["id"]: len(item["findings"]) for item in report["requirements"] if item["findings"]}

    @contextmanager
    def mock(self, *arguments: str) -> Iterator[str]:
        """Run the mock of the copy and yield its URL."""
        command = self.command("conformance.mock", "--port", "0", *arguments)
        with subprocess.Popen(**command, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                yield process.stdout.readline().strip().removeprefix("Mock server: ")
            finally:
                process.kill()


def blocks() -> dict[str, str]:
    """Return the three blocks of code in the guide."""
    tokens = MarkdownIt().parse(GUIDE.read_text(encoding="utf-8"))
    fences = [token.content for token in tokens if token.type == "fence" and token.info in ("yaml", "python")]
    return dict(zip(FILES, fences, strict=True))


def test_the_guide_names_existing_files_and_an_unused_id() -> None:
    text = GUIDE.read_text(encoding="utf-8")

    assert all(f"`{name}`" in text for name in FILES.values())
    assert all((PACKAGE.parent / name).is_file() for name in FILES.values())
    assert EXAMPLE not in {requirement.id for requirement in catalogue.load()}
    assert all(EXAMPLE in block for block in blocks().values())


def test_the_mock_meets_the_example_and_only_its_fault_violates_it(tmp_path: Path) -> None:
    copy = Copy(tmp_path)

    assert copy.findings("--only", EXAMPLE) == (0, {})
    assert copy.findings() == (0, {})
    with copy.mock("--fault", FAULT) as url:
        assert copy.findings("--target", url) == (0, {EXAMPLE: 1})


@pytest.mark.parametrize("part", WITHOUT)
def test_the_self_test_fails_if_a_part_is_missing(part: str, tmp_path: Path) -> None:
    name = f"conformance/selftest/proof/test_proof.py::{WITHOUT[part]}"
    quiet = ("-c", os.devnull, "--rootdir=.", "-p", "no:cacheprovider", "-p", "no:xdist", "--import-mode=importlib")

    process = Copy(tmp_path, without=part).run("pytest", *quiet, name)

    assert process.returncode == 1
    assert EXAMPLE in process.stdout
    assert "1 failed" in process.stdout
