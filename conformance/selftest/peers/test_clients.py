"""Tests that the client passes its tests in an environment without anything else; `make clients` uses each Python."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from conformance.spec import openapi
from scripts import dist
from scripts.client import probe
from scripts.client.package import HTTP_LIBRARIES

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
MISSING = "3.14" if PYTHON == "3.15" else "3.15"
# Slow, and independent of the HTTP library; `make clients` runs it.
EXCLUDED = "conformance/selftest/client/test_reading.py"
PRINT_LOCATION_AND_VERSION = """
from importlib.metadata import version
import drs_batch_client
print(drs_batch_client.__file__, version("drs-batch-client"))
"""


def nox(directory: Path, *options: str, **variables: str) -> str:
    """Run sessions of the noxfile, all of which must pass or be skipped; returns the output."""
    command = [sys.executable, "-m", "nox", "-f", "scripts/noxfile.py", "--envdir", str(directory / "nox"), *options]
    environment = os.environ | variables
    done = subprocess.run(command, cwd=dist.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_client_passes_its_tests_in_an_environment_without_anything_else(tmp_path: Path) -> None:
    output = nox(tmp_path, "--python", PYTHON, "--parallel", "2", "--", f"--ignore={EXCLUDED}")
    numbers = re.findall(r"^(\d+) passed in ", output, re.MULTILINE)
    assert len(numbers) == len(HTTP_LIBRARIES)
    assert min(map(int, numbers)) > 500


def test_a_missing_python_is_skipped_in_ci_too(tmp_path: Path) -> None:
    output = nox(tmp_path, "--python", MISSING, PATH=str(tmp_path), PYENV_ROOT=str(tmp_path), CI="true")
    assert output.count(f"skipped (Python interpreter {MISSING} not found") == 2


def test_the_probe_refuses_a_client_that_is_not_installed() -> None:
    with pytest.raises(SystemExit, match=r"generated/drs_batch_client/__init__\.py, not the installed one$"):
        probe.main("httpx", version("drs-batch-client"))


@pytest.mark.parametrize(
    ("library", "expected", "message"),
    [
        ("httpx", "9", r"^the installed client has version 1\.0\.0, not 9$"),
        ("httpx2", version("drs-batch-client"), r"^the client for httpx2 imports httpx$"),
    ],
)
def test_the_probe_refuses_another_client(
    library: str, expected: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(dist.ROOT))
    monkeypatch.setitem(sys.modules, "httpx2", httpx)
    with pytest.raises(SystemExit, match=message):
        probe.main(library, expected)


def test_one_command_of_pip_installs_the_client(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    for command in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(environment / "bin" / "pip"), "install", "./generated"],
        [str(environment / "bin" / "python"), "-I", "-c", PRINT_LOCATION_AND_VERSION],
    ):
        done = subprocess.run(command, cwd=dist.ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    file, installed = done.stdout.split()
    assert Path(file).is_relative_to(environment)
    assert installed == openapi.load().version
