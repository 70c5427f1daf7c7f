"""The table of the servers and the proxies, table.toml."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "Proxy", "Server", "proxies", "servers"]

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
VERSION = r"\D{1,40}?v?([0-9]+(?:\.[0-9]+)+)"
"""What separates the name of a package from its version in a lock file or a manifest, and the version."""


@dataclass(frozen=True)
class Server:
    """A server that implements the operation with a framework.

    Attributes:
        name: Its name.
        folder: The folder with its program.
        software: The packages whose versions decide how it behaves, as `pins` spells them.
        pins: The file of the repository that pins their versions.
        command: Starts it.
        build: Builds it, in a copy of its folder; empty if it need not be built.
        needs: The programs that must be installed.
        expected: Why it violates a requirement nevertheless, by ID.
    """

    name: str
    folder: str
    software: tuple[str, ...]
    pins: str
    command: tuple[str, ...]
    build: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    expected: dict[str, str] = field(default_factory=dict)

    def versions(self) -> str:
        """Return the packages with their versions."""
        text = (ROOT / self.pins).read_text(encoding="utf-8")
        found = {name: re.search(rf"(?<![\w-]){re.escape(name)}{VERSION}", text) for name in self.software}
        return ", ".join(f"{name.rpartition('/')[2]} {match[1] if match else '?'}" for name, match in found.items())


@dataclass(frozen=True)
class Proxy:
    """A reverse proxy.

    Attributes:
        name: Its name.
        package: The package of Debian.
        configuration: Its configuration, in the folder `proxies`.
        command: Starts it.
        needs: The programs that must be installed.
        expected: Why it violates a requirement nevertheless, by ID.
    """

    name: str
    package: str
    configuration: str
    command: tuple[str, ...]
    needs: tuple[str, ...]
    expected: dict[str, str] = field(default_factory=dict)

    def versions(self) -> str:
        """Return the name with the version of the package of Debian, if it is installed as one."""
        if shutil.which("dpkg-query") is None:
            return self.name
        done = subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", self.package], capture_output=True, text=True, check=False
        )
        return f"{self.name} {done.stdout}".strip()


def servers() -> tuple[Server, ...]:
    """Return the servers of the table."""
    return tuple(Server(name, **_tuples(entry)) for name, entry in _read()["servers"].items())


def proxies() -> tuple[Proxy, ...]:
    """Return the proxies of the table."""
    return tuple(Proxy(name, **_tuples(entry)) for name, entry in _read()["proxies"].items())


def _read() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads((FOLDER / "table.toml").read_text(encoding="utf-8"))


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
