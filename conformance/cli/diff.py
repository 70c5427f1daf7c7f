"""`drs-conform diff`: compares two reports on a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli.messages import Parser, exit_codes, print_error
from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import ExitCode
from conformance.reports import comparison, console, reading, render_comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

EPILOG = f"""\
A requirement is worse if it is violated and was not, if a warning became a failure, or if it passed and is not
checked any more. The verdict is worse if it was "conforms" and is not. A requirement that stays violated but has
other findings has changed.

{exit_codes({0: "nothing is worse", 1: "something is worse", 2: "wrong usage or not a report"})}
"""


def run(arguments: Sequence[str]) -> int:
    """Compare two reports; return the exit code."""
    parser = Parser(
        "drs-conform diff",
        "Print what is worse, changed, gone, new or better in one conformance.json than in another.",
        EPILOG,
    )
    parser.add_argument("old", metavar="OLD", type=Path, help="conformance.json of the earlier run")
    parser.add_argument("new", metavar="NEW", type=Path, help="conformance.json of the later run")
    parser.add_argument("--markdown", action="store_true", help="print Markdown, for a pull request")
    parsed = parser.parse_args(arguments)
    try:
        compared = comparison.compare(reading.load(parsed.old), reading.load(parsed.new))
    except ConfigurationError as error:
        print_error(str(error), parser.prog)
        return ExitCode.USAGE
    render = render_comparison.markdown if parsed.markdown else render_comparison.text
    console.write(render(compared))
    return int(compared.worse)
