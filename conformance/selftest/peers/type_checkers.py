"""What mypy and pyright, at their strictest, object to in code that uses the packages of an environment."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from scripts.environments.environment import Environment

SECONDS = 120


class Complaint(NamedTuple):
    """What a checker calls an error."""

    file: str
    line: int
    text: str


def mypy(environment: Environment, directory: Path, *arguments: str) -> list[Complaint]:
    """Run it in a directory on files, or with `-p` on a package."""
    options = ["--strict", "--output", "json", "--cache-dir", os.devnull, "--python-executable", environment.python]
    output = _run("mypy", *map(str, options), *arguments, environment=environment, directory=directory)
    found = (json.loads(line) for line in output.splitlines() if line)
    return [
        Complaint(Path(each["file"]).name, each["line"], each["message"])
        for each in found
        if each["severity"] == "error"
    ]


def pyright(environment: Environment, directory: Path, *included: str) -> list[Complaint]:
    """Run it in a directory on files and folders in it."""
    # It leaves out the packages of environments unless told not to.
    settings = {"include": included, "exclude": [], "typeCheckingMode": "strict"}
    (directory / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    report = json.loads(_run("pyright", "--outputjson", environment=environment, directory=directory))
    assert report["summary"]["filesAnalyzed"] > 0
    return list(_complaints(report))


def completeness(environment: Environment, directory: Path, package: str) -> dict[str, Any]:
    """Return how much of a package's public names has types and docstrings, as pyright counts it."""
    arguments = ["--verifytypes", package, "--ignoreexternal", "--outputjson"]
    report = json.loads(_run("pyright", *arguments, environment=environment, directory=directory))
    counts: dict[str, Any] = report["typeCompleteness"]
    return counts


def _complaints(report: dict[str, Any]) -> Iterator[Complaint]:
    for each in report["generalDiagnostics"]:
        yield Complaint(Path(each["file"]).name, each["range"]["start"]["line"] + 1, each["message"])


def _run(checker: str, *arguments: str, environment: Environment, directory: Path) -> str:
    # pyright checks with the packages of the environment that a shell has activated.
    activated = {
        "VIRTUAL_ENV": str(environment.directory),
        "PATH": f"{environment.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    done = subprocess.run(  # noqa: S603 - mypy or pyright, pinned
        [sys.executable, "-m", checker, *arguments],
        cwd=directory,
        env=os.environ | activated,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode in {0, 1}, f"{done.stdout}{done.stderr}"
    return done.stdout
