"""Programs on a pseudo-terminal, and the text that it shows."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LINES = 60
TERMINAL_VARIABLES = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "TERM")


class Terminal:
    """A terminal on which a program runs."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, columns: int) -> None:
        self.process = process
        self.output = ""
        """The complete output of the program."""
        self.seen: list[str] = []
        """The screen after each piece of output, and before each carriage return."""
        self.screen = pyte.Screen(columns, LINES)
        self._stream = pyte.Stream(self.screen)
        self._master = master

    def resize(self, columns: int) -> None:
        _size(self._master, columns)
        self.screen.resize(columns=columns)

    def wait_for(self, shown: Callable[[str], bool]) -> None:
        """Read until a new screen satisfies a condition."""
        before = len(self.seen)
        while not any(map(shown, self.seen[before:])):
            assert self._read(), self.output

    def end(self) -> int:
        """Read until the program ends; return its exit code."""
        while self._read():
            pass
        return self.process.wait(60)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def _read(self) -> bool:
        octets = b""
        with suppress(OSError):  # Linux raises it at the end of the output
            octets = os.read(self._master, 4096)
        self.output += octets.decode()
        for piece in octets.decode().replace("\r", "\0\r").split("\0"):
            self._stream.feed(piece)
            self.seen.append(self.text)
        return bool(octets)


@contextmanager
def terminal(
    command: Sequence[str], environment: Mapping[str, str], columns: int, **variables: str
) -> Iterator[Terminal]:
    """Start a program on a terminal; kill it at the end of the block."""
    kept = {name: value for name, value in environment.items() if name not in TERMINAL_VARIABLES}
    master, slave = pty.openpty()
    _size(master, columns)
    with subprocess.Popen(
        command, env={"TERM": "xterm-256color", **kept, **variables}, stdin=slave, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        try:
            yield Terminal(process, master, columns)
        finally:
            process.kill()
            os.close(master)


def _size(descriptor: int, columns: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
