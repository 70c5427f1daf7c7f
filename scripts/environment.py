"""Virtual environments that have nothing but what is installed in them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

__all__ = ["BUILT_CLIENT", "LOCKS", "OPTIONS_OF_CLIENT", "WHEELS", "CommandError", "Environment", "create", "run"]

LOCKS = Path(__file__).resolve().parent / "locks"
WHEELS = ("--only-binary", ":all:")
"""Options of `uv pip install` that build nothing, since a build runs a program of the package."""

BUILT_CLIENT = ("--no-binary", "drs-batch-client")
"""Options that build the client alone in spite of these, where it is not a wheel."""

OPTIONS_OF_CLIENT = (
    *("--constraint", str(LOCKS / "clients.txt"), "--build-constraint", str(LOCKS / "run.txt")),
    # Without a refresh, uv would install an older build of the same name and version from its cache.
    *("--refresh-package", "drs-batch-client"),
)
"""Options of `uv pip install` for the client, which give its dependencies the versions of the lock files."""


class CommandError(Exception):
    """A command failed; the message has the command and its output."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        directory: Its directory.
    """

    directory: Path

    @property
    def python(self) -> Path:
        """Path of its Python."""
        return self.directory / "bin" / "python"

    def install(self, *arguments: str) -> None:
        """Install packages with the arguments of `uv pip install`; raises `CommandError`."""
        command = [find_uv_bin(), "pip", "install", "--quiet", "--python", str(self.python)]
        run([*command, *WHEELS, *BUILT_CLIENT, *arguments], self.directory)

    def run(self, program: str, *arguments: str, directory: Path) -> str:
        """Run a program of the environment in a directory and return its standard output; raises `CommandError`."""
        return run([str(self.directory / "bin" / program), *arguments], directory)


def create(directory: Path) -> Environment:
    """Create an environment with this Python in a directory, which must not exist; raises `CommandError`."""
    run(
        [find_uv_bin(), "venv", "--quiet", "--no-project", "--python", sys.executable, str(directory)], directory.parent
    )
    return Environment(directory)


def run(command: list[str], directory: Path, **variables: str) -> str:
    """Run a command without the variables of other environments.

    Args:
        command: The command.
        directory: Its working directory.
        variables: Environment variables to set.

    Returns:
        Its standard output.

    Raises `CommandError`.
    """
    # PYTHONPATH would make modules outside of the environment importable.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=directory, env=kept | variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}".strip())
    return done.stdout
