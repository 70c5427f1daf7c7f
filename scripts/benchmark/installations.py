"""What is installed for each library, in a folder of its own, so that nothing else is there to be found or counted."""

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
    """Something cannot be installed; the message is the installer's."""


@dataclass(frozen=True)
class Installation:
    """A distribution and all that it requires.

    Attributes:
        directory: Where it is.
        name: Name of the distribution.
    """

    directory: Path
    name: str

    @property
    def own_size(self) -> int:
        """Bytes of the files of the distribution itself, without bytecode."""
        files = (path for path in self._distribution.files or () if path.suffix != _BYTECODE)
        return sum(Path(str(path.locate())).stat().st_size for path in files)

    @property
    def size(self) -> int:
        """Bytes of all files, without bytecode."""
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
        """Return the command that runs this Python without the packages of .venv; `environment` has those of here."""
        return [sys.executable, "-S", *arguments]

    def environment(self, home: Path) -> dict[str, str]:
        """Return the environment of a program that finds this installation and the modules of the project.

        Args:
            home: A folder for what a library leaves behind; the vendor's SDK does.
        """
        place = os.pathsep.join([str(self.directory), str(ROOT)])
        return {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": place, "HOME": str(home)}


def install(requirement: str, name: str, directory: Path) -> Installation:
    """Install a distribution, with what it requires in the versions of the lock file.

    Raises:
        InstallationError: It cannot be installed.
    """
    command = [find_uv_bin(), "pip", "install", "--quiet", "--compile-bytecode", "--no-build-isolation", "--python"]
    command += [sys.executable, "--constraint", str(_LOCK), "--target", str(directory), requirement]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no input of a user
    if run.returncode:
        raise InstallationError(f"{requirement} cannot be installed:\n{run.stderr.strip()}")
    return Installation(directory, name)
