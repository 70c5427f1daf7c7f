"""Processes of the contenders and of the servers that they call."""

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

_TERMINATION_SECONDS = 10


class ProcessError(Exception):
    """A contender or a server ended unexpectedly; its output has been printed."""


class Taken(NamedTuple):
    """The cost of a series of commits.

    Attributes:
        seconds: Wall-clock time of each group of commits.
        work: Processor time of the contender in seconds, for each group.
        peak: Peak memory of the process since its start, in KiB.
    """

    seconds: list[float]
    work: list[float]
    peak: int


class Contender:
    """Context manager of a contender process, which keeps its connections open between commits."""

    def __init__(self, function: str, installation: Installation, url: str, home: Path) -> None:
        """Create the contender without starting its process.

        Args:
            function: Module and function in `scripts.benchmark.contenders`.
            installation: The packages that it can import.
            url: URL of the server.
            home: Home directory of the process.
        """
        self._function = function
        self._command = installation.command("-m", "scripts.benchmark.contenders", function, url)
        self._environment = installation.environment(home)
        self._home = home

    def __enter__(self) -> Self:
        """Start the process."""
        self._process = subprocess.Popen(  # noqa: S603 - fixed command
            self._command,
            cwd=self._home,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.communicate()

    def commit(self, groups: Sequence[Sequence[str]]) -> Taken:
        """Commit groups of batches, one group after another.

        Raises:
            ProcessError: The process has ended, for example because a commit failed.
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
            raise ProcessError(f"{self._function} ended unexpectedly; see its output above")
        return Taken(**json.loads(line))


def seconds_of(program: str, installation: Installation, home: Path) -> float:
    """Return the run time of a Python program in seconds, including the start of the interpreter.

    Raises:
        ProcessError: The program failed.
    """
    start = time.perf_counter()
    command, environment = installation.command("-c", program), installation.environment(home)
    run = subprocess.run(command, cwd=home, env=environment, check=False)  # noqa: S603 - fixed command
    if run.returncode:
        raise ProcessError(f"{program!r} failed with exit code {run.returncode}; see its output above")
    return time.perf_counter() - start


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[str]:
    """Run a server and yield its URL, which it prints at the end of its first line.

    Raises:
        ProcessError: The server does not start.
    """
    command = [sys.executable, "-m", module, *arguments]
    # In a new session, so that Ctrl-C does not end the server before the contenders.
    process = subprocess.Popen(  # noqa: S603 - fixed command
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        _, _, url = line.strip().rpartition(" ")
        if not url:
            raise ProcessError(f"{module} did not start; see its output above")
        yield url
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_TERMINATION_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
