"""Installations of each library in a separate folder, so that no other package is imported or counted."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from uv import find_uv_bin

__all__ = ["ROOT", "Installation", "InstallationError", "install"]

ROOT = Path(__file__).resolve().parents[2]
_LOCK = ROOT / "scripts" / "locks" / "peers.txt"
_BYTECODE = ".pyc"


class InstallationError(Exception):
    """A distribution cannot be installed; the message has the output of the installer."""


@dataclass(frozen=True)
class Installation:
    """A distribution with its dependencies.

    Attributes:
        directory: Directory of the packages.
        name: Name of the distribution.
    """

    directory: Path
    name: str

    @property
    def own_size(self) -> int:
        """Size in bytes of the files of the distribution, without dependencies and bytecode."""
        files = (path for path in self._distribution.files or () if path.suffix != _BYTECODE)
        return sum(Path(str(path.locate())).stat().st_size for path in files)

    @property
    def size(self) -> int:
        """Size in bytes of all files, without bytecode."""
        files = (path for path in self.directory.rglob("*") if path.is_file() and path.suffix != _BYTECODE)
        return sum(path.stat().st_size for path in files)

    @property
    def version(self) -> str:
        """Version of the distribution."""
        return self._distribution.version

    @property
    def _distribution(self) -> Distribution:
        (found,) = (entry for entry in distributions(path=[str(self.directory)]) if entry.name == self.name)
        return found

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Python without the packages of .venv; use it with `environment`."""
        return [sys.executable, "-S", *arguments]

    def environment(self, home: Path) -> dict[str, str]:
        """Return environment variables that make this installation and the modules of the project importable.

        Args:
            home: Home directory; the vendor's SDK writes files there.
        """
        place = os.pathsep.join([str(self.directory), str(ROOT)])
        return {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": place, "HOME": str(home)}


def install(requirement: str, name: str, directory: Path) -> Installation:
    """Install a distribution with its dependencies in the versions of the lock file.

    Raises:
        InstallationError: The distribution cannot be installed.
    """
    command = [find_uv_bin(), "pip", "install", "--quiet", "--compile-bytecode", "--no-build-isolation", "--python"]
    command += [sys.executable, "--constraint", str(_LOCK), "--target", str(directory), requirement]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no user input
    if run.returncode:
        raise InstallationError(f"{requirement} cannot be installed:\n{run.stderr.strip()}")
    return Installation(directory, name)
