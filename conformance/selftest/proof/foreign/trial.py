"""Runs of the suite on mutants of a server, each of which ends with the first violation."""

from __future__ import annotations

import json
import multiprocessing
import random
import socket
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.engine.events import ViolationFound
from conformance.engine.run import Run
from conformance.exchange.verdicts import Verdict
from conformance.selftest.proof.foreign import program
from conformance.selftest.support import accounts
from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.proof.foreign import Outcome

__all__ = ["Noticed", "noticed"]

TIMEOUT = 4.0
"""Seconds that a run waits for an answer."""
ATTEMPTS, ATTEMPT_SECONDS = 2000, 0.01

# To fork a process costs a tenth of what a new interpreter does.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", program.__name__])


@dataclass(frozen=True)
class Noticed:
    """What the suite says of a program.

    Attributes:
        kind: Whether a violation is reported, or there is no verdict, or the program does not start, or none of these.
        text: The requirement that is violated first, or why there is no verdict.
    """

    kind: Outcome
    text: str = ""


def noticed(source: str, path: Path) -> Noticed:
    """Run the suite on a program, which takes the options of the blind servers, up to the first violation.

    Args:
        source: The program.
        path: Its name; there need not be such a file.
    """
    account = accounts.invent(random.Random(0))  # noqa: S311 - reproducible, not secret
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "account.json"
        file.write_text(json.dumps(account.document()), encoding="utf-8")
        with _running(source, path, ("--account", str(file))) as url:
            if url is None:
                return Noticed("not started")
            with Run(accounts.settings(url, account, Path(directory), timeout=str(TIMEOUT)), catalogue.load()) as run:
                for event in run.events():
                    if isinstance(event, ViolationFound):
                        return Noticed("reported", event.requirement)
            report = run.report()
    if report.verdict is Verdict.CONFORMS:
        return Noticed("nothing")
    return Noticed("no verdict", f"{report.verdict.value}: {report.reason}")


@contextmanager
def _running(source: str, path: Path, options: tuple[str, ...]) -> Iterator[str | None]:
    """Run a program and yield its URL; None if it ends or does not listen."""
    port = accounts.free_port()
    process = PROCESSES.Process(
        target=program.run, args=(source, str(path), ("--port", str(port), *options)), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{port}" if _listens(process, port) else None
    finally:
        process.kill()
        process.join()
        process.close()


def _listens(process: multiprocessing.context.ForkServerProcess, port: int) -> bool:
    """Wait until a program accepts connections; return False if it ends instead."""
    for _ in range(ATTEMPTS):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        process.join(ATTEMPT_SECONDS)
        if process.exitcode is not None:
            return False
    return False
