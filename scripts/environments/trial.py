"""The test of the client in one environment: install it, check what it imports, run its tests."""

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

__all__ = ["InstallationTrial", "TrialError", "install", "try_out"]

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "scripts" / "locks"
TESTS = Path("conformance", "selftest", "client")
SUPPORT = Path("conformance", "selftest", "support", "client")


class TrialError(Exception):
    """The client failed; the message says how."""


@dataclass(frozen=True)
class InstallationTrial:
    """The result of a passed environment.

    Attributes:
        python: Full version of Python.
        passed: Number of tests, all of which passed.
        seconds: Duration, including the installation.
    """

    python: str
    passed: int
    seconds: float


def try_out(
    python: Path, artefacts: Artefacts, kind: str, workspace: Path, *, without: tuple[str, ...] = ()
) -> InstallationTrial:
    """Test the client with one Python.

    Args:
        python: Path of the Python.
        artefacts: The client.
        kind: The distribution to install, `wheel` or `sdist`.
        workspace: An empty directory.
        without: File names of test modules to omit.

    Raises:
        TrialError: The client cannot be installed, imports the wrong modules, or fails a test.
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
        raise TrialError(f"some tests did not pass:\n{output}")
    return InstallationTrial(environment.base, int(found[1]), time.monotonic() - started)


def install(environment: Environment, artefacts: Artefacts, kind: str) -> None:
    """Install the client and its dependencies in the versions of the lock files; raises `CommandError`."""
    constraints = ["--constraint", str(LOCKS / "clients.txt"), "--build-constraint", str(LOCKS / "run.txt")]
    # Without a refresh, uv would install an older build of the same name and version from its cache.
    environment.install(*constraints, "--refresh-package", "drs-batch-client", str(artefacts.files[kind]))


def _probe(environment: Environment, artefacts: Artefacts) -> None:
    """Raise `TrialError` unless the client works with only its dependencies, and is the one that was built."""
    script = str(Path(__file__).with_name("probe.py"))
    output = environment.run("python", "-I", script, artefacts.http_library, directory=environment.directory)
    used = json.loads(output)
    if not Path(used["file"]).is_relative_to(environment.directory):
        raise TrialError(f"the imported client is {used['file']}, not the installed one")
    if used["version"] != artefacts.version:
        raise TrialError(f"the installed client has version {used['version']}, not {artefacts.version}")
    if used["http_libraries"] != [artefacts.http_library]:
        raise TrialError(f"the client for {artefacts.http_library} imports {', '.join(used['http_libraries'])}")


def _copy_tests(artefacts: Artefacts, target: Path) -> None:
    """Copy the files that the tests need, without the client, so that they import the installed one."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "conformance", target / "conformance", ignore=ignored)
    for name in ("openapi.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, target / name)
    (target / "generated").mkdir()
    shutil.copy(artefacts.tree / "README.md", target / "generated" / "README.md")
    for path in (*(target / TESTS).rglob("*.py"), *(target / SUPPORT).rglob("*.py")):
        choose_http_library(path, artefacts.http_library)
