"""Starting the blind servers, and runs of the suite on them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import BROKEN, Verdict
from conformance.selftest.support import accounts

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from conformance.reports.model import Report
    from conformance.selftest.support.accounts import Account

ROUNDS = Path(__file__).parent
FOUND_BY = ROUNDS / "found_by.json"
"""The requirement by which the last proof noticed each broken server, written by `make prove`."""


@dataclass(frozen=True)
class BlindServer:
    """A way in which a program of a round behaves.

    Attributes:
        directory: The directory of the program.
        command: Starts the program, in that directory.
        build: Builds it before; empty if it need not be built.
        name: The name of the behaviour.
        area: What it is about.
        broken: Whether the author says that it breaks a rule.
    """

    directory: Path
    command: tuple[str, ...]
    build: tuple[str, ...]
    name: str
    area: str
    broken: bool

    @property
    def id(self) -> str:
        """The round, the stack and the name."""
        return f"{self.directory.parent.name}/{self.directory.name}/{self.name}"


def servers(stack: str) -> list[BlindServer]:
    """Return the servers of a stack in all rounds, the one without a difference among them."""
    found = []
    for path in sorted(ROUNDS.glob(f"round_*/{stack}/behaviours.toml")):
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
        command, build = tuple(listed["command"]), tuple(listed.get("build", ()))
        usual = {"name": "none", "area": "none", "kind": "conforming"}
        found += [
            BlindServer(path.parent, command, build, each["name"], each["area"], each["kind"] == "broken")
            for each in (usual, *listed["behaviour"])
        ]
    return found


def is_right(server: BlindServer, random_: random.Random, *, first: str = "") -> tuple[bool, str]:
    """Return whether the suite notices a broken server, or is satisfied with a conforming one, and what it says.

    A run names everything that the account has. One on a broken server ends with the first violation.

    Args:
        server: The server.
        random_: Invents the account.
        first: A requirement that a broken server is judged by alone, before it is judged by all.
    """
    if not server.broken:
        report = report_on(server, random_)
        broken = broken_by(report)
        return not broken and report.verdict is Verdict.CONFORMS, f"{report.reason} {broken}"
    account = accounts.invent(random_)
    for only in ((first,), ()) if first else ((),):
        with tempfile.TemporaryDirectory() as directory, _running(server, account, Path(directory)) as url:
            if found := accounts.first_violation(url, account, Path(directory), *only):
                return True, found
    return False, ""


def report_on(server: BlindServer, random_: random.Random) -> Report:
    """Return the report of a run to the end, which names everything that the account has."""
    account = accounts.invent(random_)
    with tempfile.TemporaryDirectory() as directory, _running(server, account, Path(directory)) as url:
        return accounts.report_on(url, account, Path(directory))


def broken_by(report: Report) -> list[str]:
    """Return the requirements with a finding."""
    return [requirement.id for requirement in report.requirements if requirement.verdict in BROKEN]


@contextmanager
def _running(server: BlindServer, account: Account, directory: Path) -> Iterator[str]:
    """Start a server and yield its URL."""
    file = directory / "account.json"
    file.write_text(json.dumps(account.document()), encoding="utf-8")
    port = accounts.free_port()
    command = [sys.executable if word == "python3" else word for word in server.command]
    where = Path(_built(server.directory, server.build).name) if server.build else server.directory
    options = ("--port", str(port), "--account", str(file), "--behaviour", server.name)
    with accounts.serving([*command, *options], port, where, {}, directory / "output") as url:
        yield url


@cache
def _built(directory: Path, build: tuple[str, ...]) -> tempfile.TemporaryDirectory[str]:
    """Build a program in a copy of its directory, once in a process, which removes it at its end."""
    copy = tempfile.TemporaryDirectory(prefix="blind-")
    shutil.copytree(directory, copy.name, dirs_exist_ok=True)
    subprocess.run(build, cwd=copy.name, check=True, capture_output=True)
    return copy
