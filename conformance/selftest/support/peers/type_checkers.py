"""Runs mypy and pyright, in strict mode, on code that uses the packages of an environment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from scripts.environment import Environment

TIMEOUT_SECONDS = 120


class CheckerError(NamedTuple):
    """An error that a type checker reports."""

    file: str
    line: int
    text: str


def mypy(environment: Environment, directory: Path, package: str, *programs: str) -> list[CheckerError]:
    """Check an installed package, and programs in a directory, with mypy."""
    return [
        CheckerError(Path(found["file"]).name, found["line"], found["message"])
        for checked in (["-p", package], programs)
        for found in _of_mypy(environment, directory, *checked)
        if found["severity"] == "error"
    ]


def pyright(environment: Environment, directory: Path, package: str, *programs: str) -> list[CheckerError]:
    """Check an installed package, and programs in a directory, with pyright."""
    # pyright ignores files outside of the directory, and by default also the packages of environments.
    (packages,) = environment.directory.glob("lib/python*/site-packages")
    link = directory / "packages"
    if not link.exists():
        link.symlink_to(packages)
    settings = {"include": [f"packages/{package}", *programs], "exclude": [], "typeCheckingMode": "strict"}
    (directory / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    report = json.loads(_run("pyright", "--outputjson", environment=environment, directory=directory))
    assert report["summary"]["filesAnalyzed"] > len(programs)
    return [
        CheckerError(Path(found["file"]).name, found["range"]["start"]["line"] + 1, found["message"])
        for found in report["generalDiagnostics"]
    ]


def completeness(environment: Environment, directory: Path, package: str) -> dict[str, Any]:
    """Return pyright's counts of the public names of a package with types and with docstrings."""
    arguments = ["--verifytypes", package, "--ignoreexternal", "--outputjson"]
    report = json.loads(_run("pyright", *arguments, environment=environment, directory=directory))
    counts: dict[str, Any] = report["typeCompleteness"]
    return counts


def _of_mypy(environment: Environment, directory: Path, *checked: str) -> list[dict[str, Any]]:
    options = ["--strict", "--output", "json", "--cache-dir", os.devnull]
    options += ["--python-executable", str(environment.python), *checked]
    output = _run("mypy", *options, environment=environment, directory=directory)
    return [json.loads(line) for line in output.splitlines() if line]


def _run(checker: str, *arguments: str, environment: Environment, directory: Path) -> str:
    # pyright checks with the packages of the environment that a shell has activated.
    activated = {
        "VIRTUAL_ENV": str(environment.directory),
        "PATH": f"{environment.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    done = subprocess.run(
        [sys.executable, "-m", checker, *arguments],
        cwd=directory,
        env=os.environ | activated,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode in {0, 1}, f"{done.stdout}{done.stderr}"
    return done.stdout
