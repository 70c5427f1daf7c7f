"""A checkout with the project's scripts/setup, and packages that are installed in a moment and without a network."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCRIPTS = Path(__file__).parents[3] / "scripts"
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "project"
version = "1.0"
"""
MODULE = """\
from pathlib import Path
import dependency

def main():
    print(dependency.VERSION, Path(__file__).parent)
"""
BACKEND = f"""\
import os, sys
sys.path.append({os.fspath(Path(__file__).parent)!r})
import small_checkout

def build_editable(directory, settings=None, metadata=None):
    if "STARTED" in os.environ:
        open(os.environ["STARTED"], "w").close()
        open(os.environ["FINISH"]).close()
    files = {{"project.pth": os.getcwd()}}
    return small_checkout.write_wheel(directory, "project", "1.0", files, "[console_scripts]\\nplace = module:main\\n")
"""
"""A build that can be held by two named pipes."""


@dataclass(frozen=True)
class SmallCheckout:
    """A checkout with one package in a lock file, `dependency`, and one program, `place`, which uses it.

    Attributes:
        directory: Its directory.
        wheels: Directory of the packages.
        programs: Directory of the only `python3` that setup finds.
    """

    directory: Path
    wheels: Path
    programs: Path

    @property
    def venv(self) -> Path:
        return self.directory / ".venv"

    @property
    def lock_file(self) -> Path:
        return self.directory / "scripts" / "locks" / "run.txt"

    def publish(self, version: str) -> None:
        """Add a version of `dependency`, and lock it."""
        path = self.wheels / write_wheel(
            self.wheels, "dependency", version, {"dependency.py": f"VERSION = {version}\n"}
        )
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.lock_file.write_text(f"dependency=={version} --hash=sha256:{digest}\n", encoding="utf-8")

    def place(self) -> str:
        """Return what `place` prints: the version of `dependency`, and the directory of the checkout."""
        return subprocess.run([self.venv / "bin" / "place"], capture_output=True, text=True, check=True).stdout.strip()

    def setup(self, python: str = "", **variables: str) -> tuple[int, str]:
        """Run setup, and return its exit code and what it printed to standard error."""
        with self.start(python, **variables) as process:
            _, errors = process.communicate(timeout=300)
        return process.returncode, errors

    def first_line(self, python: str = "") -> str:
        """Run setup until it prints a line, kill it, and return the line."""
        with self.start(python) as process:
            assert process.stderr is not None
            line: str = process.stderr.readline()
            os.killpg(process.pid, signal.SIGKILL)
        with self.locked():  # once the last process of the group has ended
            return line

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of setup."""
        descriptor = os.open(self.lock_file.parents[1], os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def start(self, python: str = "", **variables: str) -> subprocess.Popen[str]:
        """Start setup, in a process group of its own."""
        command = [str(self.directory / "scripts" / "setup"), python, "run"]
        own = {"PATH": f"{self.programs}:/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        return subprocess.Popen(command, env=own | variables, stderr=subprocess.PIPE, text=True, start_new_session=True)


def make(directory: Path) -> SmallCheckout:
    """Make a checkout without .venv in an empty directory."""
    checkout = SmallCheckout(directory / "checkout", directory / "wheels", directory / "programs")
    for path in (checkout.lock_file.parent, checkout.wheels, checkout.programs):
        path.mkdir(parents=True)
    for name in ("setup", "setup.py"):
        shutil.copy(SCRIPTS / name, checkout.directory / "scripts")
    for name, content in (("pyproject.toml", PROJECT), ("module.py", MODULE), ("backend.py", BACKEND)):
        (checkout.directory / name).write_text(content, encoding="utf-8")
    checkout.publish("1.0")
    (checkout.programs / "python3").symlink_to(Path(sys.executable).resolve())
    return checkout


def write_wheel(directory: Path | str, name: str, version: str, files: Mapping[str, str], scripts: str = "") -> str:
    """Write a wheel, and return the name of its file."""
    path = Path(directory, f"{name}-{version}-py3-none-any.whl")
    metadata = f"{name}-{version}.dist-info"
    contents = {
        **files,
        f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{metadata}/WHEEL": "Wheel-Version: 1.0\nGenerator: selftest\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{metadata}/entry_points.txt": scripts,
        f"{metadata}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in contents.items():
            archive.writestr(zipfile.ZipInfo(file), content)  # of a fixed date, so that the hash is the same each time
    return path.name


def write_source(directory: Path, ran: Path) -> Path:
    """Write a package `unbuilt` without a wheel, whose build creates the file `ran`; return its path."""
    path = directory / "unbuilt-1.0.tar.gz"
    files = {
        "setup.py": f"open({os.fspath(ran)!r}, 'w').close()\n",
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n",
        "PKG-INFO": "Metadata-Version: 2.1\nName: unbuilt\nVersion: 1.0\n",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"unbuilt-1.0/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    return path
