"""Starting the blind servers, and runs of the suite on them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.exchange.identifiers import random_uuid
from conformance.spec import catalogue

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from conformance.reports.model import Report

ROUNDS = Path(__file__).parent
BATCHES = {"ready": 40, "validating": 4, "failed": 4, "committed": 4}
"""The number of batches of the account in each state."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
TOKEN_LENGTH = 1200
ATTEMPTS, ATTEMPT_SECONDS = 500, 0.04


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


def account(random_: random.Random) -> dict[str, object]:
    """Return an account as the programs read it."""

    def token() -> str:
        return "MII" + "".join(random_.choices(ALPHABET, k=TOKEN_LENGTH))

    batches = {random_uuid(random_): state for state, number in BATCHES.items() for _ in range(number)}
    other = {random_uuid(random_): "ready" for _ in range(4)}
    projects = [random_uuid(random_).replace("-", "") for _ in range(2)]
    return {
        "project_id": projects[0],
        "token": token(),
        "expired_token": token(),
        "access_key": {"id": "AK0123456789", "secret": token()[:40]},
        "batches": batches,
        "other": {"project_id": projects[1], "token": token(), "batches": other},
    }


def report_on(server: BlindServer, random_: random.Random) -> Report:
    """Run the suite on a server as a user would who names everything that the account has."""
    given = account(random_)
    batches, other = given["batches"], given["other"]
    assert isinstance(batches, dict)
    assert isinstance(other, dict)
    named = {f"{state}_job": [key for key, value in batches.items() if value == state] for state in BATCHES}
    with tempfile.TemporaryDirectory() as directory, _running(server, given, Path(directory)) as url:
        options = {
            **named,
            "target": url,
            "project_id": given["project_id"],
            "token": given["token"],
            "expired_token": given["expired_token"],
            "foreign_project_id": other["project_id"],
            "foreign_job": list(other["batches"]),
            "ledger": directory,
            "seed": "1",
        }
        with Run(Settings.read(options), catalogue.load()) as run:
            for _ in run.events():
                pass
        return run.report()


@contextmanager
def _running(server: BlindServer, given: dict[str, object], directory: Path) -> Iterator[str]:
    """Start a server and yield its URL."""
    file = directory / "account.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable if word == "python3" else word for word in server.command]
    where = Path(_built(server.directory, server.build).name) if server.build else server.directory
    options = ("--port", str(port), "--account", str(file), "--behaviour", server.name)
    with subprocess.Popen(
        [*command, *options], cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _await(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@cache
def _built(directory: Path, build: tuple[str, ...]) -> tempfile.TemporaryDirectory[str]:
    """Build a program in a copy of its directory, once in a process, which removes it at its end."""
    copy = tempfile.TemporaryDirectory(prefix="blind-")
    shutil.copytree(directory, copy.name, dirs_exist_ok=True)
    subprocess.run(build, cwd=copy.name, check=True, capture_output=True)
    return copy


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a program accepts connections; raises `RuntimeError` if it ends, as when another one has the port."""
    for _ in range(ATTEMPTS):
        with suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"the server ended with exit code {process.wait(ATTEMPT_SECONDS)}")
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
    raise RuntimeError(f"the server does not listen after {ATTEMPTS * ATTEMPT_SECONDS:g} s")
