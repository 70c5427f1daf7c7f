"""Error messages, the parser of arguments, and parts of help texts that the commands share."""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange.verdicts import ExitCode

__all__ = ["Parser", "exit_codes", "flush_output", "print_error", "print_failure"]

HELP_WIDTH = 110


class Parser(argparse.ArgumentParser):
    """A parser of arguments whose errors are printable lines."""

    def __init__(self, program: str, description: str, epilog: str) -> None:
        """Create a parser without arguments."""
        super().__init__(
            prog=program,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Print the usage and a message, and exit with 2."""
        super().error(printable(message))


def exit_codes(meanings: Mapping[int, str] | Mapping[ExitCode, str]) -> str:
    """Return the lines of a help text that list exit codes and their meanings."""
    text = ", ".join(f"{int(code)} {meaning}" for code, meaning in meanings.items())
    return textwrap.fill(f"exit codes: {text}", HELP_WIDTH)


def print_error(message: str, program: str = "drs-conform") -> None:
    """Print a message on one line of standard error; ignore a closed one."""
    with suppress(OSError):
        sys.stderr.write(f"{program}: {printable(message)}\n")


def print_failure(error: Exception) -> None:
    """Print where a fault of the suite happened, and no message of the exception, which may hold a secret."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    what = ascii(error) if isinstance(error, ImportError) else type(error).__name__
    print_error(f"the suite itself failed with {what} in {where}; install it again, or report this")


def flush_output() -> None:
    """Flush the standard output. If it is closed or full, drop the rest, so that Python does not fail when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
