"""Error messages and parts of help texts that the commands share."""

from __future__ import annotations

import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange.verdicts import ExitCode

__all__ = ["exit_codes", "print_error"]

HELP_WIDTH = 110


def exit_codes(meanings: Mapping[int, str] | Mapping[ExitCode, str]) -> str:
    """Return the lines of a help text that list exit codes and their meanings."""
    text = ", ".join(f"{int(code)} {meaning}" for code, meaning in meanings.items())
    return textwrap.fill(f"exit codes: {text}", HELP_WIDTH)


def print_error(message: str, program: str = "drs-conform") -> None:
    """Print a message on standard error; ignore a closed one."""
    with suppress(OSError):
        sys.stderr.write(f"{program}: {message}\n")
