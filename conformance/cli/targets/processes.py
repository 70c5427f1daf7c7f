"""Runs of `drs-conform` in processes of their own, several at a time, which one Ctrl-C ends."""

from __future__ import annotations

import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance import interpreter
from conformance.exchange.verdicts import ExitCode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

__all__ = ["Ended", "Pool", "Process"]

AT_ONCE = 8
"""Runs that go on at a time: they wait for their targets most of the time, but each holds a whole suite in memory."""
PATIENCE = 3
"""The Ctrl-C that ends all runs at once, without reports; a single run has the same."""
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass(frozen=True)
class Process:
    """A run that is to be started.

    Attributes:
        name: What it is called.
        arguments: Its command line.
        environment: Its environment, which holds its credentials.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Ended:
    """A run that has ended.

    Attributes:
        name: What it is called.
        code: Its exit code; negative if a signal has ended it.
        errors: What it has said on standard error.
    """

    name: str
    code: int
    errors: str


class Pool:
    """Starts runs and waits for them.

    Attributes:
        interrupts: How often the user has asked for the end.
    """

    def __init__(self) -> None:
        """Start none."""
        self.interrupts = 0
        self._over = False
        # Taken again by the thread that holds it when one Ctrl-C follows another.
        self._lock = threading.RLock()
        self._running: set[subprocess.Popen[str]] = set()

    def run(self, processes: Sequence[Process]) -> Generator[Ended, None, None]:
        """Make all runs; gives each as it ends. What is left when the generator is closed is ended as well."""
        with self._heeding(), ThreadPoolExecutor(AT_ONCE) as executor:
            futures = [executor.submit(self._run, process) for process in processes]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                self._over = True
                self._pass_on(signal.SIGTERM)

    @contextmanager
    def _heeding(self) -> Iterator[None]:
        """Pass on what is to end this process, once each; the runs are out of reach of the terminal's own Ctrl-C."""
        heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        former = {number: signal.signal(number, self._interrupt) for number in heeded}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _interrupt(self, number: int, _frame: object) -> None:
        self.interrupts += 1
        gentle = signal.SIGINT if number == signal.SIGINT else signal.SIGTERM
        self._pass_on(gentle if self.interrupts < PATIENCE else signal.SIGKILL)

    def _pass_on(self, number: signal.Signals) -> None:
        with self._lock:
            for process in self._running:
                process.send_signal(number)

    def _run(self, process: Process) -> Ended:
        command = interpreter.command("conformance", *process.arguments)
        with self._lock:
            if self.interrupts or self._over:
                return Ended(process.name, ExitCode.INTERRUPTED, "")
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
                return Ended(process.name, ExitCode.ERROR, str(error))
            self._running.add(child)
        _, errors = child.communicate()
        with self._lock:
            self._running.discard(child)
        return Ended(process.name, child.returncode, errors)
