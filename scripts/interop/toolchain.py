"""The versions of the toolchains on this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from scripts import npm

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["versions"]

_COMMANDS = {
    "Java": ("java", "-version"),
    "Maven": ("mvn", "-B", "--version"),
    "Go": ("go", "version"),
    "Cargo": ("cargo", "--version"),
    "PHP": ("php", "--version"),
    "Ruby": ("ruby", "--version"),
}
_VERSION = re.compile(r"[0-9]+\.[0-9]+(?:\.[0-9]+)?")
SECONDS = 60


def versions() -> Iterator[str]:
    """Yield name and version of each installed toolchain; raises `npm.InstallationError`."""
    yield f"Node {_version((npm.node(), '--version'))}"
    for name, command in _COMMANDS.items():
        if shutil.which(command[0]):
            yield f"{name} {_version(command)}"


def _version(command: tuple[str, ...]) -> str:
    done = subprocess.run(  # noqa: S603 - prints the version
        command, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    found = _VERSION.search(done.stdout + done.stderr)
    return found[0] if found else "(unknown version)"
