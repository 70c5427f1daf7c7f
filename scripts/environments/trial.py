"""One trial: the client is installed in an environment of its own, and passes its tests there."""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.client.package import choose_http_library
from scripts.environments.environment import CommandError, create

if TYPE_CHECKING:
    from scripts.environments.artefacts import Artefacts
    from scripts.environments.environment import Environment

__all__ = ["Outcome", "TrialError", "install", "try_out"]

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "scripts" / "locks"
TESTS = Path("conformance", "selftest", "client")


class TrialError(Exception):
    """The client failed; the message says in what."""


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        python: Version of Python in full.
        passed: How many tests passed, which is all of them.
        seconds: How long it took, from the empty environment on.
    """

    python: str
    passed: int
    seconds: float


def try_out(
    python: Path, artefacts: Artefacts, kind: str, workspace: Path, *, without: tuple[str, ...] = ()
) -> Outcome:
    """Try the client on one Python.

    Args:
        python: The Python.
        artefacts: The client.
        kind: Whether to install its `wheel` or its `sdist`.
        workspace: An empty directory.
        without: Names of the modules of tests to leave out.

    Raises:
        TrialError: It cannot be installed, uses what it should not, or does not pass its tests.
    """
    started = time.monotonic()
    try:
        environment = create(python, workspace / "environment")
        install(environment, artefacts, kind)
        _probe(environment, artefacts)
        environment.install("--require-hashes", "--requirement", str(LOCKS / "run.txt"))
        _copy_tests(artefacts, workspace / "tests")
        arguments = ["-m", "pytest", "-q", str(TESTS), *(f"--ignore={TESTS / name}" for name in without)]
        output = environment.run("python", *arguments, directory=workspace / "tests")
    except CommandError as error:
        raise TrialError(str(error)) from error
    found = re.search(r"^(\d+) passed in ", output, re.MULTILINE)
    if found is None:
        raise TrialError(f"not all tests passed:\n{output}")
    return Outcome(environment.base, int(found[1]), time.monotonic() - started)


def install(environment: Environment, artefacts: Artefacts, kind: str) -> None:
    """Install the client and what it asks for, in the versions of the lock files; raises `CommandError`."""
    constraints = ["--constraint", str(LOCKS / "clients.txt"), "--build-constraint", str(LOCKS / "run.txt")]
    # uv would take a build of another day from its cache, which looks at names and versions.
    environment.install(*constraints, "--refresh-package", "drs-batch-client", str(artefacts.files[kind]))


def _probe(environment: Environment, artefacts: Artefacts) -> None:
    """Use the client where nothing but what it asks for is installed."""
    script = str(Path(__file__).with_name("probe.py"))
    output = environment.run("python", "-I", script, artefacts.http_library, directory=environment.directory)
    used = json.loads(output)
    if not Path(used["file"]).is_relative_to(environment.directory):
        raise TrialError(f"not the installed client is used, but {used['file']}")
    if used["version"] != artefacts.version:
        raise TrialError(f"the client says that it is version {used['version']}, not {artefacts.version}")
    if used["http_libraries"] != [artefacts.http_library]:
        raise TrialError(f"made for {artefacts.http_library}, the client uses {', '.join(used['http_libraries'])}")


def _copy_tests(artefacts: Artefacts, target: Path) -> None:
    """Lay out what the tests need, without the client, so that they find the installed one alone."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "conformance", target / "conformance", ignore=ignored)
    for name in ("openapi.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, target / name)
    (target / "generated").mkdir()
    shutil.copy(artefacts.tree / "README.md", target / "generated" / "README.md")
    for path in (target / TESTS).rglob("*.py"):
        choose_http_library(path, artefacts.http_library)
