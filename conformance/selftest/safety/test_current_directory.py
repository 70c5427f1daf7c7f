"""Tests that no program runs modules of the current directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import conformance
from conformance import interpreter
from conformance.config.options import without_variables
from conformance.spec.openapi import SPEC_PATH

PLANTED = [
    "__future__",
    "attr",
    "httpx",
    "json",
    "multiprocessing",
    "pytest",
    "random",
    "rich",
    "runpy",
    "signal",
    "socket",
    "yaml",
]
AT_ONCE = ["conformance", "contextlib", "functools", "importlib", "os", "types", "warnings"]
"""What Python itself imports for `python -m`, or `python -m` for a package."""
SPY = "import os\nopen(os.environ['SPIED'], 'a').write(__name__ + '\\n')\nraise ImportError('not the real one')\n"

TARGETS = '[north]\n[south]\ntarget = "http://127.0.0.1:1"\ntoken_env = "TOKEN"\n'


def _run(
    command: list[str], directory: Path, planted: list[str], **variables: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    directory.mkdir()
    for name in planted:
        (directory / f"{name}.py").write_text(SPY, encoding="utf-8")
    spied = directory / "spied.txt"
    kept = {name: value for name, value in without_variables(os.environ).items() if name != "PYTHONPATH"}
    completed = subprocess.run(
        command,
        cwd=directory,
        env={**kept, "SPIED": str(spied), "TOKEN": "t0ken-of-mine", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return completed, spied.read_text(encoding="utf-8").split() if spied.exists() else []


def test_runs_of_several_targets_import_nothing_from_the_current_directory(tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(TARGETS, encoding="utf-8")
    program = str(Path(sys.executable).with_name("drs-conform"))
    options = ["--targets", str(file), "--only", "ERR-003"]

    completed, spied = _run([program, *options], tmp_path / "here", [*PLANTED, *AT_ONCE])

    assert spied == []
    assert completed.returncode == 4, completed.stderr  # the second target does not exist, the first conforms
    assert "north: conforms" in completed.stderr


@pytest.mark.parametrize("name", ["drs-conform", "drs-mock"])
def test_a_program_imports_nothing_from_the_current_directory(name: str, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name(name))

    completed, spied = _run([program, "--help"], tmp_path / "here", [*PLANTED, *AT_ONCE])

    assert spied == []
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.startswith(f"usage: {name} ")


@pytest.mark.parametrize("module", ["conformance", "conformance.mock"])
def test_a_program_started_by_python_m_imports_nothing_from_the_current_directory(module: str, tmp_path: Path) -> None:
    completed, spied = _run([sys.executable, "-m", module, "--help"], tmp_path / "here", PLANTED)

    assert spied == []
    assert completed.returncode == 0, completed.stderr


@pytest.mark.parametrize("module", ["conformance", "conformance.mock"])
def test_a_program_started_by_another_imports_nothing_from_the_current_directory(module: str, tmp_path: Path) -> None:
    completed, spied = _run(interpreter.command(module, "--help"), tmp_path / "here", [*PLANTED, *AT_ONCE])

    assert spied == []
    assert completed.returncode == 0, completed.stderr


@pytest.mark.parametrize("path", [":/missing", "/missing:", "/missing::/missing"])
@pytest.mark.parametrize("program", ["drs-conform", "conformance.mock"])
def test_an_empty_entry_of_the_import_path_is_ignored(program: str, path: str, tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(TARGETS, encoding="utf-8")
    command = [sys.executable, "-m", program, "--help"]
    if program == "drs-conform":
        command = [str(Path(sys.executable).with_name(program)), "--targets", str(file), "--only", "ERR-003"]
    planted = [name for name in PLANTED if name != "runpy"]  # Python runs it before the program
    variables = {"PYTHONPATH": path.replace(":", os.pathsep)}

    completed, spied = _run(command, tmp_path / "here", planted, **variables)

    assert spied == []
    assert completed.returncode == (4 if program == "drs-conform" else 0), completed.stderr


def test_the_project_itself_may_be_the_current_directory(tmp_path: Path) -> None:
    project = Path(conformance.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{os.pathsep}{tmp_path}"}
    command = [str(Path(sys.executable).with_name("drs-conform")), "--list"]

    assert subprocess.run(command, cwd=project, env=environment, check=False, stdout=subprocess.DEVNULL).returncode == 0


@pytest.mark.parametrize("name", ["conftest", "__init__"])
def test_a_run_imports_nothing_from_the_directories_above_the_suite(name: str, tmp_path: Path) -> None:
    packages = tmp_path / "project" / "lib"
    ignored = shutil.ignore_patterns("__pycache__", "selftest", "docs")
    shutil.copytree(Path(conformance.__file__).parent, packages / "conformance", ignore=ignored)
    shutil.copy(SPEC_PATH, packages / "conformance" / "openapi.yaml")
    (packages.parent / f"{name}.py").write_text(SPY, encoding="utf-8")
    start = f"import sys; sys.path[0] = {str(packages)!r}; from conformance.__main__ import main; main()"

    completed, spied = _run([sys.executable, "-c", start, "--only", "ERR-003"], tmp_path / "here", [])

    assert spied == []
    assert completed.returncode == 0, completed.stderr
    assert "conforms" in completed.stdout


def test_no_argument_is_read_as_a_file_of_arguments(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("x\n--profile\nfull\n--ready-job\nb7e40f72\n-p\nevil\n", encoding="utf-8")
    program = str(Path(sys.executable).with_name("drs-conform"))
    options = ["--target", "https://drs.example.invalid", "--project-id", "p", "--profile", "safe", "--plan"]

    token, _ = _run([program, *options, "--token", f"@{file}"], tmp_path / "one", ["evil"])
    only, _ = _run([program, *options, "--token", "t0ken", "--only", "ERR-003", f"@{file}"], tmp_path / "two", ["evil"])

    assert token.returncode == 0, token.stderr
    assert token.stdout.splitlines()[-1].endswith("no batch will be committed")
    assert only.returncode == 2
