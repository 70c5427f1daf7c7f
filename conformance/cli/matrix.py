"""`drs-conform matrix`: writes the reports on several targets side by side."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.cli.messages import Parser, exit_codes, print_error
from conformance.config import option_values
from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import ExitCode
from conformance.reports import console, files, reading, render_matrix
from conformance.reports.matrix import Column, arrange
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

EPILOG = f"""\
A target has the name of its file, or of the directory if the file is conformance.json.

{exit_codes({0: "written", 2: "wrong usage or not a report", 70: "the files could not be written"})}
"""
REPORT_NAME = "conformance.json"


def run(arguments: Sequence[str]) -> int:
    """Write reports side by side; return the exit code."""
    parser = Parser(
        "drs-conform matrix",
        "Write the reports on several targets side by side, to matrix.html and matrix.md.",
        EPILOG,
    )
    parser.add_argument("reports", metavar="FILE", type=Path, nargs="+", help="conformance.json of a run")
    parser.add_argument(
        "--report-dir",
        metavar="DIR",
        type=Path,
        default=Path("reports"),
        help="directory for the output (default: reports)",
    )
    parsed = parser.parse_args(arguments)
    try:
        names = _names(parsed.reports)
        reports = [reading.load(path) for path in parsed.reports]
        directory = option_values.directory("--report-dir", parsed.report_dir)
    except ConfigurationError as error:
        print_error(str(error), parser.prog)
        return ExitCode.USAGE
    links = [_link(path, directory) for path in parsed.reports]
    matrix = arrange([Column(*facts) for facts in zip(names, reports, links, strict=True)])
    try:
        files.put({name: render(matrix) for name, render in render_matrix.RENDERERS.items()}, directory)
    except files.UnwrittenError as error:
        print_error(f"--report-dir: {error}; free some space or choose another directory", parser.prog)
        return ExitCode.ERROR
    console.write(f"{render_matrix.headline(matrix)}\nreport: {printable(str(directory / 'matrix.html'))}\n")
    return 0


def _names(paths: Sequence[Path]) -> list[str]:
    """Return the name of each target: the end of its path, as long as it takes to make the names unique."""
    absolute = [path.absolute() for path in paths]
    for path in absolute:
        if absolute.count(path) > 1:
            raise ConfigurationError(f"{path}: is given twice; give each report once")
    parts = [path.parent.parts if path.name == REPORT_NAME else path.with_suffix("").parts for path in absolute]
    for length in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-length:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]


def _link(path: Path, directory: Path) -> str:
    """Return the address of report.html beside a report, relative to the directory; empty if there is none."""
    page = path.with_name("report.html")
    if path.name != REPORT_NAME or not page.exists():
        return ""
    return quote(os.fsencode(Path(os.path.relpath(page.absolute(), directory.absolute())).as_posix()))
