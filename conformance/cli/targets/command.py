"""`drs-conform --targets`: several targets side by side."""

from __future__ import annotations

import sys
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.cli.targets.processes import Pool, Process
from conformance.cli.targets.results import arrange_results, outcome, table, worst
from conformance.cli.targets.runs import check_alone, prepare
from conformance.config import options
from conformance.config.targets_file import read
from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import ExitCode
from conformance.reports import console, files, render_matrix
from conformance.reports.rows import printable
from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from conformance.cli.targets.results import TargetResult
    from conformance.cli.targets.runs import TargetRun

__all__ = ["run"]


def run(path: Path, values: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """Judge all targets of a file; returns the exit code.

    Args:
        path: The file.
        values: What the command line gives for each option.
        environment: The environment, which stands in for some of them and holds the credentials.
    """
    try:
        given = options.given(values, environment, options.OF_A_RUN)
        targets = read(path, environment)
        check_alone(values, environment, targets)
        runs = prepare(targets, given, path, catalogue.load())
        directory = Path(given.get("report_dir", "reports"))
        files.clear(directory, render_matrix.RENDERERS)
        for item in runs:
            files.remove(item.settings.report_dir)
    except (ConfigurationError, OSError) as error:
        _tell(f"drs-conform: {error}")
        return ExitCode.USAGE
    for item in runs:
        for notice in item.notices:
            _tell(f"{item.name}: {notice}")
    hidden = frozenset[str]().union(*(target.variables for target in targets))
    pool = Pool()
    outcomes = _perform(pool, runs, [Process(r.name, r.arguments, r.environment(environment, hidden)) for r in runs])
    return _conclude(outcomes, directory, interrupted=pool.interrupts > 0)


def _perform(pool: Pool, runs: Sequence[TargetRun], processes: Sequence[Process]) -> list[TargetResult]:
    """Make all runs, and tell of each as it ends; returns what became of them, in the order of the file."""
    places = {item.name: item.settings.report_dir for item in runs}
    outcomes: dict[str, TargetResult] = {}
    screen = console.PlainConsole(stderr=True, highlight=False, soft_wrap=True)
    progress = screen.status("") if screen.is_terminal else None
    shown: AbstractContextManager[object] = progress or nullcontext()
    with shown, closing(pool.run(processes)) as ended:
        while len(outcomes) < len(runs):
            if progress:
                progress.update(Text(f"judging {', '.join(name for name in places if name not in outcomes)}"))
            result = next(ended)
            outcomes[result.name] = outcome(result, places[result.name])
            with suppress(OSError):  # whoever stops reading this does not stop the runs
                screen.print(f"{result.name}: {outcomes[result.name].line}", markup=False)
    return [outcomes[name] for name in places]


def _conclude(outcomes: Sequence[TargetResult], directory: Path, *, interrupted: bool) -> int:
    verdict, matrix = worst(outcomes, interrupted=interrupted), arrange_results(outcomes)
    code = verdict.exit_code
    try:
        files.put({name: render(matrix) for name, render in render_matrix.RENDERERS.items()}, directory)
    except files.UnwrittenError as error:
        _tell(f"drs-conform: --report-dir: {error}; make room, or choose another, and run again")
        code = code or ExitCode.ERROR
    page = printable(str(directory / "matrix.html"))
    console.write(f"{table(outcomes, matrix, verdict)}\nreport: {page}\n")
    return code


def _tell(line: str) -> None:
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
