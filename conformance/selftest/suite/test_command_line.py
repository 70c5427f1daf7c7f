"""The command line: wrong ways to start, and what it tells without a run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance import catalogue
from conformance.selftest.suite.servers import unused_port

if TYPE_CHECKING:
    from conformance.selftest.suite.conftest import CommandLine

ROOT = Path(__file__).parents[3]
REMOTE = ("--target", "https://drs.example.invalid")

WRONG_USAGE = {
    "malformed URL": (["--target", "drs.example.com"], "--target"),
    "URL with a bad port": (["--target", "http://localhost:99999"], "--target"),
    "URL with credentials": (["--target", "http://user:secret@localhost"], "--target"),
    "bad profile": (["--profile", "fast"], "--profile"),
    "missing token off loopback": ([*REMOTE, "--project-id", "p"], "--token"),
    "missing project off loopback": ([*REMOTE, "--token", "t0ken-of-mine"], "--project-id"),
    "full off loopback without batches": (
        [*REMOTE, "--project-id", "p", "--token", "t0ken-of-mine", "--profile", "full"],
        "--ready-job",
    ),
    "token of two words": (["--token", "two words"], "--token"),
    "missing token file": (["--token-file", "no/such/file"], "--token-file"),
    "unknown option": (["--taget", "http://localhost"], "--taget"),
    "option without a value": (["--seed"], "--seed"),
    "bad number": (["--rate", "fast"], "--rate"),
    "negative seed": (["--seed", "-1"], "--seed"),
    "endless timeout": (["--timeout", "inf"], "--timeout"),
    "unknown id in --only": (["--only", "ERR-999"], "ERR-999"),
    "unknown id in --explain": (["--explain", "ERR-999"], "ERR-999"),
    "unknown id in --list": (["--list", "--only", "NONE"], "NONE"),
    "missing deviations": (["--known-deviations", "no/such/file"], "--known-deviations"),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_is_one_clear_line(case: str, drs_conform: CommandLine) -> None:
    arguments, named = WRONG_USAGE[case]

    outcome = drs_conform(*arguments)

    assert outcome.code == 2
    assert named in _message(outcome.err)
    assert outcome.out == ""


CORRUPT = {
    "no YAML": "[",
    "no list": "requirement: ERR-003",
    "missing field": "- requirement: ERR-003",
    "unknown requirement": "- {requirement: ERR-999, reason: r, link: l, expires: 2099-01-01}",
    "no date": "- {requirement: ERR-003, reason: r, link: l, expires: soon}",
    "template not filled in": "- {requirement: ERR-003, reason: CHANGE ME, link: l, expires: 2099-01-01}",
}


@pytest.mark.parametrize("case", CORRUPT)
def test_corrupt_deviations_are_one_clear_line(case: str, drs_conform: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(CORRUPT[case], encoding="utf-8")

    outcome = drs_conform("--known-deviations", str(file))

    assert outcome.code == 2
    assert str(file) in _message(outcome.err)


def test_an_unwritable_report_directory_is_named_before_anything_is_sent(
    drs_conform: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    outcome = drs_conform("--report-dir", str(tmp_path / "file" / "reports"))

    assert outcome.code == 2
    assert "--report-dir" in _message(outcome.err)


def test_a_target_where_nobody_listens_is_unreachable(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--target", f"http://127.0.0.1:{unused_port()}")

    assert outcome.code == 4
    assert outcome.out.splitlines()[0].startswith("unreachable: ")
    assert outcome.report["verdict"] == "unreachable"


def test_a_host_that_does_not_exist_is_unreachable(drs_conform: CommandLine) -> None:
    outcome = drs_conform(*REMOTE, "--project-id", "p", DRS_TOKEN="t0ken-of-mine")

    assert outcome.code == 4
    assert "t0ken-of-mine" not in outcome.out + outcome.err


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        process = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "conformance.server", "--port", port],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert process.returncode == 2
    assert port in _message(process.stderr)


@pytest.mark.parametrize("version", ["Python 3.9.18", ""])
def test_a_missing_python_is_one_clear_line(version: str, tmp_path: Path) -> None:
    """Set up with a Python that is too old, or none at all."""
    (tmp_path / "scripts").mkdir()
    setup = tmp_path / "scripts" / "setup"
    setup.write_bytes((ROOT / "scripts" / "setup").read_bytes())
    python = tmp_path / "python-of-old"
    if version:
        python.write_text(f"#!/bin/sh\n[ \"$1\" = -V ] && echo '{version}'\nexit 1\n", encoding="utf-8")
        python.chmod(0o755)

    process = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", str(setup), str(python), "run"], capture_output=True, text=True, check=False, timeout=60
    )

    assert process.returncode == 2
    assert "3.10" in _message(process.stderr)
    assert version in process.stderr


def test_a_closed_standard_output_is_no_traceback(drs_conform: CommandLine) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        process = subprocess.run(  # noqa: S603 - our own program
            drs_conform.arguments("--only", "ERR"),
            env=drs_conform.environment(),
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert process.returncode == 0
    assert "Traceback" not in process.stderr


def test_several_processes_are_refused(tmp_path: Path) -> None:
    process = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "pytest", "conformance/suite", "-n", "2", "--report-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert process.returncode == 2
    assert "-n: a run is one process" in process.stdout + process.stderr


def test_list_prints_every_requirement(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--list")

    assert outcome.code == 0
    assert [line.split()[0] for line in outcome.out.splitlines()] == [item.id for item in catalogue.load()]


def test_explain_prints_a_requirement_on_one_screen(drs_conform: CommandLine) -> None:
    for requirement in catalogue.load():
        assert requirement.url.startswith("https://")

    outcome = drs_conform("--explain", "err-003")

    assert outcome.code == 0
    assert len(outcome.out.splitlines()) <= 25
    assert "openapi.yaml:" in outcome.out
    assert "exactly 12 characters" in outcome.out


def test_plan_sends_nothing(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--plan", *REMOTE, "--project-id", "p", "--token", "t0ken-of-mine")

    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].endswith("at most 0 batches are committed, and as many billed")
    assert not (outcome.directory / "conformance.json").exists()


def _message(text: str) -> str:
    """Return the one line that says what is wrong, after argparse's usage if that comes first."""
    assert "Traceback" not in text
    lines = [line for line in text.strip().splitlines() if not line.startswith(("usage:", " "))]
    assert len(lines) == 1
    return lines[0]
