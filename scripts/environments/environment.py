"""Empty virtual environments, and the Python versions of this machine."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

__all__ = ["CommandError", "Environment", "create", "find_python"]

SECONDS = 600


class CommandError(Exception):
    """A command failed or did not finish in time; the message has the command and its output."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        directory: Its directory.
        base: Full version of its Python, such as `3.12.1`.
    """

    directory: Path
    base: str

    @property
    def python(self) -> Path:
        """Path of its Python."""
        return self.directory / "bin" / "python"

    def install(self, *arguments: str) -> None:
        """Install packages with the arguments of `uv pip install`; raises `CommandError`."""
        _run([find_uv_bin(), "pip", "install", "--quiet", "--python", str(self.python), *arguments], self.directory)

    def run(self, program: str, *arguments: str, directory: Path) -> str:
        """Run a program of the environment.

        Args:
            program: Name of the program.
            arguments: Its arguments.
            directory: Its working directory.

        Returns:
            Its standard output.

        Raises `CommandError`.
        """
        return _run([str(self.directory / "bin" / program), *arguments], directory)


def find_python(version: str) -> Path | None:
    """Return a Python of this machine that is not in an environment, or None if there is none.

    Args:
        version: Such as `3.12`.
    """
    # uv finds the versions of pyenv only where pyenv is configured to use them.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    path = os.pathsep.join([*map(str, sorted(pyenv.glob("*/bin"))), os.environ.get("PATH", os.defpath)])
    command = [find_uv_bin(), "python", "find", "--no-python-downloads", "--no-project", "--system", version]
    done = subprocess.run(  # noqa: S603 - uv
        command, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def create(python: Path, directory: Path) -> Environment:
    """Create an environment; raises `CommandError`.

    Args:
        python: Path of its Python.
        directory: Its directory, which must not exist.
    """
    _run([find_uv_bin(), "venv", "--quiet", "--no-project", "--python", str(python), str(directory)], directory.parent)
    version = _run(
        [str(directory / "bin" / "python"), "-c", "import platform; print(platform.python_version())"], directory
    )
    return Environment(directory, version.strip())


def _run(command: list[str], directory: Path) -> str:
    # PYTHONPATH would make modules outside of the environment importable.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    try:
        done = subprocess.run(  # noqa: S603 - uv, and programs in its environments
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"{' '.join(command)}: did not finish within {SECONDS} s") from None
    if done.returncode:
        raise CommandError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}".strip())
    return done.stdout
