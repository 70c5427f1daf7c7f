"""The example of the maintainers' guide, carried out on a copy of the suite."""

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
from conformance import catalogue
from conformance.specification import SPEC_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(conformance.__file__).parent
GUIDE = PACKAGE / "docs" / "authoring.md"
EXAMPLE = "HTTP-090"
FAULT = "request-id-missing"
FILES = {
    "entry": "conformance/requirements/7-http.yaml",
    "oracle": "conformance/oracles/protocol.py",
    "fault": "conformance/server/faults/transport.py",
}
WITHOUT = {
    "oracle": "test_each_requirement_has_an_oracle_and_each_oracle_a_requirement",
    "fault": "test_each_requirement_that_can_be_broken_has_a_fault",
}


class Copy:
    """A copy of the suite, with some of the guide's blocks in it."""

    def __init__(self, directory: Path, *, without: str | None = None) -> None:
        self._directory = directory
        shutil.copytree(PACKAGE, directory / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(SPEC_PATH, directory / "openapi.yaml")
        for part, block in blocks().items():
            if part != without:
                with (directory / FILES[part]).open("a", encoding="utf-8") as file:
                    file.write(block if part == "entry" else f"\n\n{block}")

    def command(self, module: str, *arguments: str) -> dict[str, Any]:
        """Return what starts a module of the copy, which stands first on Python's path since it is in the directory."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DRS_", "PYTEST_"))}
        return {"args": [sys.executable, "-m", module, *arguments], "cwd": self._directory, "env": kept, "text": True}

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(**self.command(module, *arguments), capture_output=True, check=False, timeout=120)

    def findings(self, *arguments: str) -> tuple[int, dict[str, int]]:
        """Judge a server; returns the exit code, and how often each requirement of which there are findings has any."""
        code = self.run("conformance", *arguments).returncode
        report = json.loads((self._directory / "reports" / "conformance.json").read_text(encoding="utf-8"))
        assert EXAMPLE in {item["id"] for item in report["requirements"] if item["exercised"]}
        return code, {item["id"]: len(item["findings"]) for item in report["requirements"] if item["findings"]}

    @contextmanager
    def mock(self, *arguments: str) -> Iterator[str]:
        """Serve the copy's mock; gives its URL."""
        command = self.command("conformance.server", "--port", "0", *arguments)
        with subprocess.Popen(**command, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                yield process.stdout.readline().strip().removeprefix("Mock server: ")
            finally:
                process.kill()


def blocks() -> dict[str, str]:
    """Return the guide's three blocks of code."""
    tokens = MarkdownIt().parse(GUIDE.read_text(encoding="utf-8"))
    fences = [token.content for token in tokens if token.type == "fence" and token.info in ("yaml", "python")]
    return dict(zip(FILES, fences, strict=True))


def test_the_guide_names_the_files_and_an_id_that_is_free() -> None:
    text = GUIDE.read_text(encoding="utf-8")

    assert all(f"`{name}`" in text for name in FILES.values())
    assert all((PACKAGE.parent / name).is_file() for name in FILES.values())
    assert EXAMPLE not in {requirement.id for requirement in catalogue.load()}
    assert all(EXAMPLE in block for block in blocks().values())


def test_the_example_is_met_by_the_mock_and_broken_by_its_fault_alone(tmp_path: Path) -> None:
    copy = Copy(tmp_path)

    assert copy.findings("--only", EXAMPLE) == (0, {})
    assert copy.findings() == (0, {})
    with copy.mock("--fault", FAULT) as url:
        assert copy.findings("--target", url) == (0, {EXAMPLE: 1})


@pytest.mark.parametrize("part", WITHOUT)
def test_the_self_test_misses_what_is_left_out(part: str, tmp_path: Path) -> None:
    name = f"conformance/selftest/proof/test_proof.py::{WITHOUT[part]}"
    quiet = ("-c", os.devnull, "--rootdir=.", "-p", "no:cacheprovider", "-p", "no:xdist", "--import-mode=importlib")

    process = Copy(tmp_path, without=part).run("pytest", *quiet, name)

    assert process.returncode == 1
    assert EXAMPLE in process.stdout
    assert "1 failed" in process.stdout
