"""The Makefile: what it gives to scripts/setup and to the programs of .venv, and what BSD make says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _outside_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what make gives to the programs that it runs, as it may run these tests."""
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"):
        monkeypatch.delenv(name, raising=False)


def test_make_gives_no_python_unless_it_is_told_to() -> None:
    assert _make("setup", "--dry-run").stdout == 'scripts/setup "" run dev\n'
    assert _make("setup", "--dry-run", "PYTHON=python3.12").stdout == 'scripts/setup "python3.12" run dev\n'


def test_the_programs_of_the_venv_do_not_use_modules_of_other_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")

    variables = _make("--file=-", "print", given="include Makefile\nprint:\n\t@env\n").stdout.splitlines()

    assert [line for line in variables if line.startswith(("PYTHONPATH=", "PYTHONHOME="))] == []


def _make(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, input=given, capture_output=True, text=True, check=True, timeout=60
    )


@pytest.mark.skipif(shutil.which("bmake") is None, reason="this machine has no BSD make")
def test_bsd_make_prints_one_line() -> None:
    done = subprocess.run(["bmake", "conform"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    (line,) = (done.stdout + done.stderr).splitlines()
    assert line.endswith(": This Makefile is for GNU make, which may have the name gmake here")
    assert done.returncode != 0
