"""A virtual environment that begins empty, and the Pythons of this machine to make one of."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

__all__ = ["CommandError", "Environment", "create", "find_python"]

SECONDS = 600


class CommandError(Exception):
    """A command failed, or did not end in time; the message is the command and what it printed."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        directory: Where it is.
        base: Version of its Python in full, such as `3.12.1`.
    """

    directory: Path
    base: str

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.directory / "bin" / "python"

    def install(self, *arguments: str) -> None:
        """Install packages; takes what `uv pip install` does, and raises `CommandError`."""
        _run([find_uv_bin(), "pip", "install", "--quiet", "--python", str(self.python), *arguments], self.directory)

    def run(self, program: str, *arguments: str, directory: Path) -> str:
        """Run one of its programs.

        Args:
            program: Its name.
            arguments: What it is given.
            directory: Where it runs.

        Returns:
            What it printed.

        Raises `CommandError`.
        """
        return _run([str(self.directory / "bin" / program), *arguments], directory)


def find_python(version: str) -> Path | None:
    """Return a Python of this machine that is in no environment; None if there is none.

    Args:
        version: Such as `3.12`.
    """
    # What pyenv has installed is found by uv only where pyenv has been told to use it.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    path = os.pathsep.join([*map(str, sorted(pyenv.glob("*/bin"))), os.environ.get("PATH", os.defpath)])
    command = [find_uv_bin(), "python", "find", "--no-python-downloads", "--no-project", "--system", version]
    done = subprocess.run(  # noqa: S603 - uv
        command, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def create(python: Path, directory: Path) -> Environment:
    """Make an environment; raises `CommandError`.

    Args:
        python: The Python that it is to have.
        directory: Where it is to be; there must be nothing yet.
    """
    _run([find_uv_bin(), "venv", "--quiet", "--no-project", "--python", str(python), str(directory)], directory.parent)
    version = _run(
        [str(directory / "bin" / "python"), "-c", "import platform; print(platform.python_version())"], directory
    )
    return Environment(directory, version.strip())


def _run(command: list[str], directory: Path) -> str:
    # PYTHONPATH would bring in what is not in the environment.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    try:
        done = subprocess.run(  # noqa: S603 - uv, and programs of environments that it has made
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"{' '.join(command)}: did not end within {SECONDS} s") from None
    if done.returncode:
        raise CommandError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}".strip())
    return done.stdout
