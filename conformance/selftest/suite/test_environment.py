"""The influence of plain pytest and of the environment on a run."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import __main__
from conformance.exchange.verdicts import ExitCode
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine

SUITE = Path(__file__).parents[2] / "suite"


@pytest.mark.parametrize("option", ["--help", "--version", "--markers", "--collect-only"])
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


def test_a_plan_leaves_the_reports_of_the_last_run(drs_conform: CommandLine) -> None:
    report = drs_conform("--only", "ERR-003").directory / "conformance.json"
    before = report.read_bytes()

    assert drs_conform("--plan", "--only", "ERR-003").code == 0
    assert report.read_bytes() == before


@pytest.mark.parametrize("optimisation", ["1", "2"])
def test_switches_of_python_do_not_become_a_violation(optimisation: str, drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", "ERR-003", PYTHONOPTIMIZE=optimisation, PYTHONWARNINGS="error")

    assert outcome.code == (0 if optimisation == "1" else 2)
    assert ("docstrings" in outcome.err) == (optimisation == "2")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_descriptors_do_not_change_the_verdict(closed: str, drs_conform: CommandLine) -> None:
    command = shlex.join(drs_conform.arguments("--only", "ERR-003"))

    environment = drs_conform.environment()
    process = subprocess.run(["sh", "-c", f"exec {command} {closed}"], env=environment, check=False)

    assert process.returncode == 0
    assert json.loads(Path(environment["DRS_REPORT_DIR"], "conformance.json").read_text())["verdict"] == "conforms"


@pytest.mark.parametrize("way", [">&-", "> /dev/full", "| true"])
def test_the_output_of_pytest_does_not_change_the_verdict(way: str, drs_conform: CommandLine) -> None:
    command = shlex.join((sys.executable, "-m", "pytest", str(SUITE), "--only", "ERR-003"))

    environment = drs_conform.environment()
    status = Path(environment["DRS_REPORT_DIR"]).with_name("status")
    line = f"{{ {command}; echo $? > {shlex.quote(str(status))}; }} {way}"
    subprocess.run(["sh", "-c", line], env=environment, check=False, timeout=120)

    assert status.read_text(encoding="utf-8") == "0\n"
    assert json.loads(Path(environment["DRS_REPORT_DIR"], "conformance.json").read_text())["verdict"] == "conforms"


def test_pytest_without_assertions_is_no_violation(drs_conform: CommandLine) -> None:
    command = (sys.executable, "-O", "-m", "pytest", str(SUITE), "--only", "ERR-003")
    process = subprocess.run(command, env=drs_conform.environment(), capture_output=True, check=False, timeout=120)

    assert process.returncode == 0


def test_the_codes_of_a_damaged_installation_are_those_of_a_run() -> None:
    codes = (__main__.INTERRUPTED, __main__.ERROR, __main__.USAGE)

    assert codes == (ExitCode.INTERRUPTED, ExitCode.ERROR, ExitCode.USAGE)


@pytest.mark.parametrize("module", ["httpx", "hypothesis", "yaml", "argparse"])
def test_a_module_that_cannot_be_imported_does_not_become_a_violation(
    module: str, drs_conform: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / f"{module}.py").write_text("raise ImportError('damaged')", encoding="utf-8")

    outcome = drs_conform("--only", "ERR-003", PYTHONPATH=str(tmp_path))

    assert outcome.code == 70
    assert outcome.err.startswith("drs-conform: ")
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("arguments", [["--list"], ["--only", "ERR-003"]], ids=" ".join)
def test_a_file_that_cannot_be_read_is_no_closed_output(
    arguments: list[str], drs_conform: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> None:
        raise FileNotFoundError(2, "No such file or directory", "requirements.yaml")

    monkeypatch.setattr(catalogue, "load", unreadable)

    assert drs_conform(*arguments).code == 70


def test_a_variable_that_prevents_a_run_is_wrong_usage(drs_conform: CommandLine) -> None:
    outcome = drs_conform.process("--only", "ERR-003", PYTHONINSPECT="1")

    assert outcome.code == 2
    assert "PYTHONINSPECT" in outcome.err


@pytest.mark.parametrize("variable", ["PYTHONHASHSEED", "PYTHONUTF8", "PYTHONHOME"])
def test_a_python_that_does_not_start_writes_no_report(variable: str, drs_conform: CommandLine) -> None:
    outcome = drs_conform.process("--only", "ERR-003", **{variable: "/missing"})

    assert outcome.code == 1
    assert "drs-conform: " not in outcome.err
    assert not outcome.directory.exists()


HOOK = "import schemathesis\n@schemathesis.hook\ndef map_headers(context, headers): return {}"


def test_hooks_of_the_user_do_not_change_the_requests(drs_conform: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "own_hooks.py").write_text(HOOK, encoding="utf-8")

    outcome = drs_conform("--only", "HTTP-001", SCHEMATHESIS_HOOKS="own_hooks", PYTHONPATH=str(tmp_path))

    assert outcome.code == 0
    assert outcome.report["requests_sha256"] == drs_conform("--only", "HTTP-001").report["requests_sha256"]
