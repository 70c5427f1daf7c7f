"""The influence of plain pytest and of the environment on a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine

SUITE = Path(__file__).parents[2] / "suite"


def test_plain_pytest_takes_the_same_options(tmp_path: Path) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        process = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                str(SUITE),
                "--target",
                mock.url,
                "--only",
                "ERR",
                "--report-dir",
                tmp_path,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert process.returncode == 1
    assert "test_requirement[ERR-003]" in process.stdout
    assert (tmp_path / "conformance.json").exists()


@pytest.mark.parametrize("option", ["--help", "--version", "--markers", "--collect-only", "--plan"])
def test_options_that_start_no_run_leave_the_reports_of_the_last_run(option: str, tmp_path: Path) -> None:
    finding = tmp_path / "findings" / "ERR-003.json"
    finding.parent.mkdir()
    for path in (tmp_path / "conformance.json", tmp_path / "report.html", finding):
        path.write_text("{}", encoding="utf-8")

    process = subprocess.run(
        [sys.executable, "-m", "pytest", str(SUITE), "--only", "ERR", "--report-dir", tmp_path, option],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert process.returncode == 0, process.stdout + process.stderr
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["ERR-003.json", "conformance.json", "report.html"]
    assert finding.read_text(encoding="utf-8") == "{}"


def test_a_run_removes_the_findings_of_the_last_run(drs_conform: CommandLine) -> None:
    finding = drs_conform("--only", "ERR-003").directory / "findings" / "ERR-003.json"
    finding.parent.mkdir()
    finding.write_text("{}", encoding="utf-8")

    assert drs_conform("--only", "ERR-003").code == 0
    assert not finding.exists()


def test_an_empty_variable_is_refused(drs_conform: CommandLine) -> None:
    outcome = drs_conform(DRS_TARGET="")

    assert outcome.code == 2
    assert "DRS_TARGET" in outcome.err


def test_pytest_options_of_the_environment_are_ignored(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", "ERR", PYTEST_ADDOPTS="--collect-only")

    assert outcome.code == 0
    assert outcome.report["requests"] > 0


def test_plain_pytest_on_several_processes_is_refused(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "pytest", str(SUITE), "-n", "2", "--report-dir", tmp_path / "reports"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert process.returncode == 2
    assert "drs-conform: -n: " in process.stderr
    assert list(tmp_path.iterdir()) == []
