"""Accounts of servers that are programs of their own, and runs of the suite that name everything in an account."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.config.settings import Settings
from conformance.engine.events import ViolationFound
from conformance.engine.run import Run
from conformance.exchange.identifiers import random_uuid
from conformance.spec import catalogue

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from conformance.reports.model import Report

BATCHES = {"ready": 40, "validating": 4, "failed": 4, "committed": 4}
"""The number of batches of the account in each state."""
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
TOKEN_LENGTH = 1200
ATTEMPTS, ATTEMPT_SECONDS = 3000, 0.04
STOP_SECONDS = 10


@dataclass(frozen=True)
class Account:
    """A project with its token and batches, and another project that the token is not for.

    Attributes:
        project_id: The project.
        token: The token for it.
        expired_token: A token that was valid once.
        batches: The state of each batch in it.
        other_project_id: The other project.
        other_token: The token for that one.
        other_batches: The state of each batch in it.
        access_key: An access key for the project, and its secret.
    """

    project_id: str
    token: str
    expired_token: str
    batches: Mapping[str, str]
    other_project_id: str
    other_token: str
    other_batches: Mapping[str, str]
    access_key: tuple[str, str]

    def document(self) -> dict[str, object]:
        """Return the account as the programs read it."""
        return {
            "project_id": self.project_id,
            "token": self.token,
            "expired_token": self.expired_token,
            "access_key": dict(zip(("id", "secret"), self.access_key, strict=True)),
            "batches": dict(self.batches),
            "other": {
                "project_id": self.other_project_id,
                "token": self.other_token,
                "batches": dict(self.other_batches),
            },
        }


def invent(random_: random.Random) -> Account:
    """Return an account with random IDs and tokens."""

    def token() -> str:
        return "MII" + "".join(random_.choices(ALPHABET, k=TOKEN_LENGTH))

    batches = {random_uuid(random_): state for state, number in BATCHES.items() for _ in range(number)}
    other = {random_uuid(random_): "ready" for _ in range(4)}
    projects = [random_uuid(random_).replace("-", "") for _ in range(2)]
    return Account(
        project_id=projects[0],
        token=token(),
        expired_token=token(),
        access_key=("AK0123456789", token()[:40]),
        batches=batches,
        other_project_id=projects[1],
        other_token=token(),
        other_batches=other,
    )


def settings(url: str, account: Account, ledger: Path, **others: str) -> Settings:
    """Return the options with which a user names everything that an account has.

    Args:
        url: The URL of the server.
        account: The account.
        ledger: A directory for the ledger.
        others: Further options.
    """
    named = {
        f"{state}_job": [key for key, value in account.batches.items() if value == state]
        for state in dict.fromkeys(account.batches.values())
    }
    options = {
        **named,
        "target": url,
        "project_id": account.project_id,
        "token": account.token,
        "expired_token": account.expired_token,
        "foreign_project_id": account.other_project_id,
        "foreign_token": account.other_token,
        "foreign_job": list(account.other_batches),
        "ledger": str(ledger),
        "seed": "1",
    }
    return Settings.read({**options, **others})


def report_on(url: str, account: Account, ledger: Path) -> Report:
    """Run the suite on a server as a user would who names everything that the account has."""
    with Run(settings(url, account, ledger), catalogue.load()) as run:
        for _ in run.events():
            pass
    return run.report()


def first_violation(url: str, account: Account, ledger: Path, *only: str) -> str:
    """Run the suite on a server up to the first violation; return its requirement, or an empty text.

    It judges by these requirements alone, or by all if there are none.
    """
    with Run(replace(settings(url, account, ledger), only=only), catalogue.load()) as run:
        return next((event.requirement for event in run.events() if isinstance(event, ViolationFound)), "")


def free_port() -> int:
    """Return a port on which nothing listens at the moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str], port: int, directory: Path, variables: Mapping[str, str], log: Path
) -> Iterator[str]:
    """Start a program, and yield its URL once it accepts connections; it and its children end with the block.

    Args:
        command: The program and its arguments.
        port: The port of this machine on which it listens.
        directory: The directory in which it runs.
        variables: Variables of its environment besides those of this process.
        log: The file that receives its output.

    Raises `RuntimeError` with the end of its output if it ends or does not listen.
    """
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            _await(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(process)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(ATTEMPTS):
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(ATTEMPT_SECONDS)
            raise RuntimeError(f"the server ended with exit code {code}: {_end_of(log)}")
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
    raise RuntimeError(f"the server does not listen after {ATTEMPTS * ATTEMPT_SECONDS:g} s: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace").strip()[-2000:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and its children, which are in a session of their own."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
