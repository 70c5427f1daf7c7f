"""Runs of `drs-conform` in child processes, several at a time, which one Ctrl-C ends."""

from __future__ import annotations

import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance import interpreter
from conformance.cli import signals
from conformance.exchange.verdicts import ExitCode

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

__all__ = ["Finished", "Pool", "Process"]

MAX_RUNNING = 8
"""Maximum number of simultaneous runs; they mostly wait, but each needs the memory of a whole suite."""
KILLING_INTERRUPT = 3
"""Ordinal of the Ctrl-C that kills all runs, without reports; the same as for a single run."""


@dataclass(frozen=True)
class Process:
    """A run to start.

    Attributes:
        name: Name of the target.
        arguments: Arguments of `drs-conform`.
        environment: Environment, which includes the credentials.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Finished:
    """A run that has ended.

    Attributes:
        name: Name of the target.
        code: Exit code; negative if a signal ended the process.
        errors: Its output on standard error.
    """

    name: str
    code: int
    errors: str


class Pool:
    """Starts runs and waits for them.

    Attributes:
        interrupts: Number of interrupting signals received so far.
    """

    def __init__(self) -> None:
        """Create a pool; start nothing yet."""
        self.interrupts = 0
        self._closed = False
        # Reentrant, since a signal handler may run while its thread holds the lock.
        self._lock = threading.RLock()
        self._running: set[subprocess.Popen[str]] = set()

    def run(self, processes: Sequence[Process]) -> Generator[Finished, None, None]:
        """Run all processes and yield each result as it comes; closing the generator ends those that remain."""
        # Ctrl-C on the terminal does not reach the runs directly.
        with signals.handled(self._interrupt), ThreadPoolExecutor(MAX_RUNNING) as executor:
            futures = [executor.submit(self._run, process) for process in processes]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                self._closed = True
                self._send(signal.SIGTERM)

    def _interrupt(self, number: int, _frame: object) -> None:
        self.interrupts += 1
        signal_to_end = signal.SIGINT if number == signal.SIGINT else signal.SIGTERM
        self._send(signal_to_end if self.interrupts < KILLING_INTERRUPT else signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with self._lock:
            for process in self._running:
                process.send_signal(number)

    def _run(self, process: Process) -> Finished:
        command = interpreter.command("conformance", *process.arguments)
        with self._lock:
            if self.interrupts or self._closed:
                return Finished(process.name, ExitCode.INTERRUPTED, "")
            try:
                child = subprocess.Popen(  # noqa: S603 - our own program
                    command,
                    env=process.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    encoding="utf-8",
                    errors="replace",
                    start_new_session=True,
                )
            except OSError as error:
                return Finished(process.name, ExitCode.ERROR, str(error))
            self._running.add(child)
        _, errors = child.communicate()
        with self._lock:
            self._running.discard(child)
        return Finished(process.name, child.returncode, errors)
