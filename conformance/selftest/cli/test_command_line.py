"""The command line: wrong usage, and the options that print without a run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.cli import explain
from conformance.config.options import OPTIONS, TARGETS
from conformance.selftest.support.servers import unused_port
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine
    from conformance.spec.catalogue import Requirement

ROOT = Path(__file__).parents[3]
REMOTE = ("--target", "https://drs.example.invalid")

WRONG_USAGE = {
    "malformed URL": (["--target", "drs.example.com"], "--target"),
    "URL with a bad port": (["--target", "http://localhost:99999"], "--target"),
    "URL with credentials": (["--target", "http://user:secret@localhost"], "--target"),
    "empty project": (["--project-id", ""], "--project-id"),
    "empty foreign project": (["--foreign-project-id", " "], "--foreign-project-id"),
    "foreign token without its project": (["--foreign-token", "t0ken-of-theirs"], "--foreign-project-id"),
    "foreign token that is the token": (
        ["--token", "my-t0ken", "--foreign-project-id", "f", "--foreign-token", "my-t0ken"],
        "--foreign-token",
    ),
    "expired token that is the foreign one": (
        ["--foreign-project-id", "f", "--foreign-token", "a-t0ken", "--expired-token", "a-t0ken"],
        "--expired-token",
    ),
    "foreign token with a space": (["--foreign-project-id", "f", "--foreign-token", "two words"], "--foreign-token"),
    "bad profile": (["--profile", "fast"], "--profile"),
    "missing token off loopback": ([*REMOTE, "--project-id", "p"], "--token"),
    "missing project off loopback": ([*REMOTE, "--token", "my-t0ken"], "--project-id"),
    "full off loopback without batches": (
        [*REMOTE, "--project-id", "p", "--token", "my-t0ken", "--profile", "full"],
        "--ready-job",
    ),
    "two ways to authenticate": (["--token", "t", "--access-key", "AK", "--secret-key", "SK"], "--access-key"),
    "access key alone": (["--access-key", "AK"], "--secret-key"),
    "user without a domain": (["--iam-user", "u", "--iam-password", "p"], "--iam-domain"),
    "user without IAM": (
        ["--target", "http://localhost", "--iam-user", "u", "--iam-password", "p", "--iam-domain", "d"],
        "--iam-endpoint",
    ),
    "missing certificates": (["--ca-file", "no/such/file"], "--ca-file"),
    "file without certificates": (["--ca-file", os.devnull], "--ca-file"),
    "malformed proxy": (["--proxy", "proxy:3128"], "--proxy"),
    "proxy with an invalid port": (["--proxy", "http://user:S3cret#x@proxy:3128"], "--proxy"),
    "invalid host": (["--target", "http://999.1.1.1"], "--target"),
    "unencrypted IAM": (
        [
            "--target",
            "http://localhost",
            "--iam-user",
            "u",
            "--iam-password",
            "p",
            "--iam-domain",
            "d",
            "--iam-endpoint",
            "http://iam.example.com",
        ],
        "--iam-endpoint",
    ),
    "several batches in one option": (["--ready-job", "a,b"], "--ready-job"),
    "no batch": (["--ready-job", ""], "--ready-job"),
    "batch in two states": (["--ready-job", "b", "--failed-job", "B"], "--failed-job"),
    "token with a space": (["--token", "two words"], "--token"),
    "missing token file": (["--token-file", "no/such/file"], "--token-file"),
    "unknown option": (["--taget", "http://localhost"], "--taget"),
    "option without a value": (["--seed"], "--seed"),
    "bad number": (["--rate", "fast"], "--rate"),
    "interval that overflows": (["--rate", "1e-300"], "--rate"),
    "timeout that overflows": (["--timeout", "1e300"], "--timeout"),
    "batch that is not text": (["--ready-job", "\udcff"], "--ready-job"),
    "empty id in --explain": (["--explain", ""], "''"),
    **{
        f"empty {option.flag}": ([option.flag, ""], option.flag)
        for option in (*OPTIONS, TARGETS)
        if not option.repeatable
    },
    "negative seed": (["--seed", "-1"], "--seed"),
    "seed of 21 digits": (["--seed", "1" + 20 * "0"], "--seed"),
    "seed of 5,000 digits": (["--seed", 5000 * "9"], "--seed"),
    "infinite timeout": (["--timeout", "inf"], "--timeout"),
    "unknown id in --only": (["--only", "ERR-999"], "ERR-999"),
    "unknown id in --explain": (["--explain", "ERR-999"], "ERR-999"),
    "unknown id in --list": (["--list", "--only", "NONE"], "NONE"),
    "missing deviations": (["--known-deviations", "no/such/file"], "--known-deviations"),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_prints_one_line_that_names_the_option(case: str, drs_conform: CommandLine) -> None:
    arguments, named = WRONG_USAGE[case]

    outcome = drs_conform(*arguments)

    assert outcome.code == 2
    assert named in _message(outcome.err)
    assert _message(outcome.err).startswith("drs-conform: ")
    assert outcome.out == ""
    assert "S3cret" not in outcome.err


INVALID_DEVIATIONS = {
    "not YAML": "[",
    "not a list": "requirement: ERR-003",
    "missing field": "- requirement: ERR-003",
    "unknown requirement": "- {requirement: ERR-999, reason: r, link: l, expires: 2026-01-01}",
    "not a date": "- {requirement: ERR-003, reason: r, link: l, expires: soon}",
    "too far in the future": "- {requirement: ERR-003, reason: r, link: l, expires: 2999-12-31}",
    "placeholder": "- {requirement: ERR-003, reason: CHANGE ME, link: l, expires: 2026-01-01}",
}


@pytest.mark.parametrize("case", INVALID_DEVIATIONS)
def test_invalid_deviations_print_one_line(case: str, drs_conform: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(INVALID_DEVIATIONS[case], encoding="utf-8")

    outcome = drs_conform("--known-deviations", str(file))

    assert outcome.code == 2
    assert str(file) in _message(outcome.err)


def test_an_unwritable_report_directory_is_wrong_usage(drs_conform: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    outcome = drs_conform("--report-dir", str(tmp_path / "file" / "reports"))

    assert outcome.code == 2
    assert "--report-dir" in _message(outcome.err)


def test_a_closed_port_is_unreachable(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--target", f"http://127.0.0.1:{unused_port()}")

    assert outcome.code == 4
    assert outcome.out.splitlines()[0].startswith("unreachable: ")
    assert outcome.report["verdict"] == "unreachable"


def test_an_unknown_host_is_unreachable(drs_conform: CommandLine) -> None:
    outcome = drs_conform(*REMOTE, "--project-id", "p", DRS_TOKEN="my-t0ken")

    assert outcome.code == 4
    assert "my-t0ken" not in outcome.out + outcome.err


def test_a_port_in_use_prints_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        process = subprocess.run(
            [sys.executable, "-m", "conformance.mock", "--port", port],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert process.returncode == 2
    assert port in _message(process.stderr)


@pytest.mark.parametrize("version", ["Python 3.10.20", ""])
def test_a_missing_or_old_python_prints_one_line(version: str, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    setup = tmp_path / "scripts" / "setup"
    setup.write_bytes((ROOT / "scripts" / "setup").read_bytes())
    python = tmp_path / "old-python"
    if version:
        python.write_text(f"#!/bin/sh\n[ \"$1\" = -V ] && echo '{version}'\nexit 1\n", encoding="utf-8")
        python.chmod(0o755)

    process = subprocess.run(
        ["/bin/sh", str(setup), str(python), "run"], capture_output=True, text=True, check=False, timeout=60
    )

    assert process.returncode == 2
    assert "3.11" in _message(process.stderr)
    assert version in process.stderr


def test_an_unknown_variable_of_make_prints_one_line() -> None:
    process = subprocess.run(
        ["make", "-n", "conform", "TARGT=http://localhost"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert process.returncode == 2
    assert "unknown variable: TARGT; there are TARGET " in _message(process.stderr)
    assert process.stdout == ""


@pytest.mark.parametrize("options", [["--plan"], ["--list"], ["--explain", "ERR-003"]])
def test_a_closed_standard_output_does_not_change_the_exit_code(options: list[str], drs_conform: CommandLine) -> None:
    assert drs_conform.with_closed_output(*options) == (0, "")


def test_a_closed_standard_output_prints_no_traceback(drs_conform: CommandLine) -> None:
    code, err = drs_conform.with_closed_output("--only", "ERR")

    assert code == 0
    assert "Traceback" not in err


def test_list_prints_every_requirement_under_its_area(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--list")

    lines = outcome.out.splitlines()
    rows = [line for line in lines if line.startswith("  ")]
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert [row.split()[0] for row in rows] == [item.id for item in catalogue.load()]
    areas = dict.fromkeys((item.prefix, item.area) for item in catalogue.load())
    assert [tuple(line.split(maxsplit=1)) for line in lines if line not in rows] == list(areas)
    assert len({row.index(item.title) for row, item in zip(rows, catalogue.load(), strict=True)}) == 1


def test_list_prints_only_the_selected_requirements(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--list", "--only", "err", "life-001")

    prefixes = {line.split()[0].partition("-")[0] for line in outcome.out.splitlines() if line.startswith("  ")}
    assert prefixes == {"ERR", "LIFE"}
    assert "LIFE-002" not in outcome.out


def test_explain_prints_a_requirement_in_full(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--explain", "err-003")

    assert outcome.code == 0
    for text in (
        "ERR-003 error_code has exactly 12 characters",
        "MUST",
        "https://",
        "openapi.yaml:",
        "unknown-batches",
        "ERR-002 error_code is a string",
        "drs-conform --only ERR-003\n",
        "drs-mock --port 8000 --fault error-code-1 &\n",
    ):
        assert text in outcome.out
    assert " more: drs-mock --list" in " ".join(outcome.out.split())


@pytest.mark.parametrize("requirement", tuple(catalogue.load()), ids=lambda requirement: requirement.id)
def test_an_explanation_fits_on_one_screen(requirement: Requirement) -> None:
    lines = explain.lines(requirement, catalogue.load(), 100)

    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100


def test_an_explanation_fits_a_narrow_terminal() -> None:
    lines = explain.lines(catalogue.load()["ERR-001"], catalogue.load(), 80)

    assert max(len(line) for line in lines if "://" not in line and " python " not in line) <= 80


@pytest.mark.parametrize("argument", ["--explain", "--only"])
def test_similar_ids_are_suggested_for_an_unknown_one(argument: str, drs_conform: CommandLine) -> None:
    outcome = drs_conform(argument, "err-03")

    assert outcome.code == 2
    assert "ERR-003" in _message(outcome.err)


def _message(text: str) -> str:
    """Return the only line of an error message apart from the usage that argparse prints."""
    assert "Traceback" not in text
    lines = [line for line in text.strip().splitlines() if not line.startswith(("usage:", " "))]
    assert len(lines) == 1
    return lines[0]
