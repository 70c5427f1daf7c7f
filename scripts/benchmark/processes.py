"""The processes of the contenders and of the servers that they call."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from scripts.benchmark.installations import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from typing_extensions import Self

    from scripts.benchmark.installations import Installation

__all__ = ["Contender", "ProcessError", "Taken", "seconds_of", "serving"]

_PATIENCE = 10


class ProcessError(Exception):
    """A contender or a server ended before its time; what it printed stands above."""


class Taken(NamedTuple):
    """What some commits took.

    Attributes:
        seconds: Wall-clock time of each group of them.
        work: Seconds of processor time of the contender alone, of each group.
        peak: The most memory that it has held since its start, in KiB.
    """

    seconds: list[float]
    work: list[float]
    peak: int


class Contender:
    """Context manager: a contender that commits when it is told, with its connections open in between."""

    def __init__(self, function: str, installation: Installation, url: str, home: Path) -> None:
        """Tell which contender it is.

        Args:
            function: Module and function below `scripts.benchmark.contenders`.
            installation: All that it finds.
            url: The server that it calls.
            home: Its home directory.
        """
        self._function = function
        self._command = installation.command("-m", "scripts.benchmark.contenders", function, url)
        self._environment = installation.environment(home)
        self._home = home

    def __enter__(self) -> Self:
        """Start the process."""
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            cwd=self._home,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def commit(self, groups: Sequence[Sequence[str]]) -> Taken:
        """Have it commit batches, one group after another.

        Raises:
            ProcessError: It has ended, for instance because one could not be committed.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("both are pipes")
        try:
            print(json.dumps(groups), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            line = ""
        else:
            line = self._process.stdout.readline()
        if not line:
            raise ProcessError(f"{self._function} ended before its time; what it said stands above")
        return Taken(**json.loads(line))


def seconds_of(program: str, installation: Installation, home: Path) -> float:
    """Return how long a Python program takes from the start of the interpreter to its end.

    Raises:
        ProcessError: It failed.
    """
    start = time.perf_counter()
    command, environment = installation.command("-c", program), installation.environment(home)
    run = subprocess.run(command, cwd=home, env=environment, check=False)  # noqa: S603 - our own command
    if run.returncode:
        raise ProcessError(f"{program!r} failed; what it said stands above")
    return time.perf_counter() - start


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[str]:
    """Run a server that prints its URL at the end of its first line, and return that.

    Raises:
        ProcessError: It does not start.
    """
    command = [sys.executable, "-m", module, *arguments]
    # In its own session, so that Ctrl-C does not end it before those who call it.
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        _, _, url = line.strip().rpartition(" ")
        if not url:
            raise ProcessError(f"{module} does not start; what it said stands above")
        yield url
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
