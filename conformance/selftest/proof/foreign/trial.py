"""Runs of the suite on mutants of a server, each of which ends with the first violation."""

from __future__ import annotations

import json
import multiprocessing
import random
import socket
import tempfile
from contextlib import contextmanager, suppress
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

__all__ = ["NOT_STARTED", "noticed"]

TIMEOUT = 4.0
"""Seconds that a run waits for an answer."""
ATTEMPTS, ATTEMPT_SECONDS = 2000, 0.01
NOT_STARTED = "it does not listen"

# To fork a process costs a tenth of what a new interpreter does.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", program.__name__])


def noticed(source: str, path: Path, *options: str) -> str:
    """Run the suite on a program; return the requirement that it violates first, or why there is no verdict.

    Args:
        source: The program, which takes the options of the blind servers.
        path: Its name, which need not exist.
        options: Further options.

    Returns:
        An empty text if the suite has nothing to say against it.
    """
    account = accounts.invent(random.Random(0))  # noqa: S311 - reproducible, not secret
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "account.json"
        file.write_text(json.dumps(account.document()), encoding="utf-8")
        with _running(source, path, ("--account", str(file), *options)) as url:
            if url is None:
                return NOT_STARTED
            with Run(accounts.settings(url, account, Path(directory), timeout=str(TIMEOUT)), catalogue.load()) as run:
                for event in run.events():
                    if isinstance(event, ViolationFound):
                        return event.requirement
            report = run.report()
    return "" if report.verdict is Verdict.CONFORMS else f"{report.verdict.value}: {report.reason}"


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
