"""The results of replayed findings on a terminal: a line for each, then details of those still broken."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.engine.replay import ReplayVerdict
from conformance.reports.console import PlainConsole
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.engine.replay import Result
    from conformance.findings.file import RecordedFinding
    from conformance.reports.model import Message

__all__ = ["show_details", "show_result"]

STYLES = {ReplayVerdict.BROKEN: "bold red", ReplayVerdict.FIXED: "bold green", ReplayVerdict.UNKNOWN: "bold yellow"}
BODY_CHARACTERS = 300


def show_result(recorded: RecordedFinding, result: Result) -> None:
    """Print the result of one finding."""
    outcome = Text(result.outcome.value, style=STYLES[result.outcome])
    _console().print(Text.assemble(f"{printable(recorded.requirement)} ", outcome, f": {printable(result.reason)}"))


def show_details(target: str, replayed: Sequence[tuple[RecordedFinding, Result]]) -> None:
    """Print the target, and details of the findings that are still broken."""
    console = _console()
    console.print(f"\nsent to {printable(target)}")
    for recorded, result in replayed:
        if result.finding is None:
            continue
        now = result.finding
        lines = [
            f"{recorded.requirement} {recorded.level} {recorded.title}",
            f"  expected  {now.expected}",
            f"  then      {recorded.actual} ({recorded.target}, drs-conform {recorded.suite_version})",
            f"  now       {now.actual}",
            f"  request   {now.request.start}",
            f"  response  {_brief(now.response) if now.response else 'none'}",
            *(f"  {'again' if number == 0 else '':9} {line}" for number, line in enumerate(now.curl.splitlines())),
            f"  file      {recorded.path}",
        ]
        console.print()
        for line in lines:
            console.print(printable(line))


def _brief(message: Message) -> str:
    body = message.body if len(message.body) <= BODY_CHARACTERS else f"{message.body[:BODY_CHARACTERS]}..."
    return f"{message.start} {body}".rstrip()


def _console() -> PlainConsole:
    # An answer in Chinese must not end the command where the output has an encoding without it.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return PlainConsole(highlight=False, soft_wrap=True, markup=False, emoji=False)
