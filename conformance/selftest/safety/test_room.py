"""Tests of reports on a full disk, and of partial files of a killed run."""

from __future__ import annotations

import json
import resource
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.support.command_line import CommandLine

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE_SIZE = 30_000
"""Octets that a file may have: enough for a badge, not for a report."""


@pytest.mark.parametrize(("faults", "code"), [((), 70), (("error-code-11",), 1)])
def test_reports_that_cannot_be_written_are_an_error(faults: tuple[str, ...], code: int, tmp_path: Path) -> None:
    command = CommandLine(tmp_path / "reports")
    with EmbeddedServer(MockSettings(faults=faults)) as mock:
        process = subprocess.run(
            command.arguments("--target", mock.url),
            env=command.environment(),
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (MAX_FILE_SIZE, MAX_FILE_SIZE)),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    last = process.stderr.splitlines()[-1]
    assert process.returncode == code
    assert last.startswith("drs-conform: --report-dir: ")
    assert "conformance.json" in last
    assert "file too large" in last
    assert "Traceback" not in process.stderr
    assert process.stdout.startswith("conforms: " if code != 1 else "violates: ")
    names = {file.name for file in (tmp_path / "reports").iterdir()}
    assert names <= {"badge.json", "findings", "junit.xml", "summary.md"}
    assert json.loads((tmp_path / "reports" / "badge.json").read_text(encoding="utf-8"))["label"]


def test_partial_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    command = CommandLine(tmp_path / "reports")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / ".report.html.0123456789abcdef").write_text("<!doctype", encoding="utf-8")
    (tmp_path / "reports" / "notes.txt").write_text("mine", encoding="utf-8")

    command("--only", "ERR-003")

    names = {file.name for file in (tmp_path / "reports").iterdir()}
    assert names == {
        "badge.json",
        "conformance.json",
        "junit.xml",
        "notes.txt",
        "report.html",
        "report.sarif",
        "summary.md",
    }
