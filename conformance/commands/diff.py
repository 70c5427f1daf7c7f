"""`drs-conform diff`: what became of a target from one report to the next."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.reports import comparison, console, reading, render_comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

EPILOG = """\
worse is what was met and is broken now, or was met and is not judged now, or is broken more gravely than before,
and a verdict that was "conforms" and is not; other findings under a requirement that stays broken are a change

exit codes: 0 nothing is worse, 1 something is, 2 wrong usage or no report
"""


def run(arguments: Sequence[str]) -> int:
    """Compare two reports; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="drs-conform diff",
        description="Say what became worse, better, other, new or gone from one conformance.json to another.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("old", metavar="OLD", type=Path, help="conformance.json of the earlier run")
    parser.add_argument("new", metavar="NEW", type=Path, help="conformance.json of the later run")
    parser.add_argument("--markdown", action="store_true", help="print Markdown, for a pull request")
    parsed = parser.parse_args(arguments)
    try:
        compared = comparison.compare(reading.load(parsed.old), reading.load(parsed.new))
    except reading.UnreadableError as error:
        parser.error(str(error))
    render = render_comparison.markdown if parsed.markdown else render_comparison.text
    console.write(render(compared))
    return int(compared.worse)
