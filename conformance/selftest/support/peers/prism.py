"""Installs the mock server Prism with npm from the lock file in selftest/peers, and runs it."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.spec.openapi import SPEC_PATH
from scripts import npm

LOCK = Path(__file__).parents[2] / "peers"
PROGRAM = "@stoplight/prism-cli/dist/index.js"
LISTENING = re.compile(r"Prism is listening on (http://127\.0\.0\.1:[0-9]+)")
START_SECONDS = 60
STOP_SECONDS = 10


class StartError(Exception):
    """Prism does not listen; the message has its output."""


def install() -> Path:
    """Install Prism if it is missing, and return its Node program; raises `npm.InstallationError`."""
    return npm.install(LOCK, npm.INSTALLED / "peers") / PROGRAM


@dataclass(frozen=True)
class Prism:
    """A running Prism.

    Attributes:
        url: Base URL, without a slash at the end.
        output: The lines printed so far.
    """

    url: str
    output: list[str]
    _process: "subprocess.Popen[str]"
    _reader: threading.Thread

    def ended(self) -> int:
        """Wait until it ends, and return its exit code; raises `subprocess.TimeoutExpired`."""
        code = self._process.wait(STOP_SECONDS)
        self._reader.join()
        return code


@contextmanager
def running(program: Path, *options: str, node_options: tuple[str, ...] = ()) -> Iterator[Prism]:
    """Serve openapi.yaml on a free port of 127.0.0.1 for the length of the block.

    Args:
        program: The result of `install`.
        options: Additional options of `prism mock`.
        node_options: Options of Node.

    Raises `StartError`.
    """
    command = [npm.node(), *node_options, str(program), "mock", "-h", "127.0.0.1", "-p", "0", *options, str(SPEC_PATH)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")
    output: list[str] = []
    urls: list[str] = []
    started_or_ended = threading.Event()

    def read() -> None:
        # Read to the end, since Prism blocks once the pipe is full.
        for line in process.stdout or ():
            output.append(line)
            found = LISTENING.search(line)
            if found:
                urls.append(found[1])
                started_or_ended.set()
        started_or_ended.set()

    reader = threading.Thread(target=read, name="output of Prism", daemon=True)
    reader.start()
    try:
        started_or_ended.wait(START_SECONDS)
        if not urls:
            raise StartError(f"Prism does not listen after {START_SECONDS} s at most:\n{''.join(output)}")
        yield Prism(urls[0], output, process, reader)
    finally:
        _stop(process)
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
