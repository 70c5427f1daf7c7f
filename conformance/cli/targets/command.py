"""`drs-conform --targets`: checks several targets side by side."""

from __future__ import annotations

from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from conformance.cli.messages import print_error
from conformance.cli.targets.processes import Pool, Process
from conformance.cli.targets.results import arrange_results, read_result, table, worst
from conformance.cli.targets.runs import check_no_target_options, prepare
from conformance.config import options
from conformance.config.targets_file import read
from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import ExitCode
from conformance.reports import console, files, render_matrix
from conformance.spec import catalogue
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from conformance.cli.targets.results import TargetResult
    from conformance.cli.targets.runs import TargetRun

__all__ = ["run"]


def run(path: Path, values: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """Check all targets of a file; return the exit code.

    Args:
        path: The file of targets.
        values: The options of the command line.
        environment: The environment, which gives further options and the credentials.
    """
    try:
        given = options.given(values, environment, options.RUN_OPTIONS)
        targets = read(path, environment)
        check_no_target_options(values, environment, targets)
        runs = prepare(targets, given, path, catalogue.load())
        directory = Path(given.get("report_dir", "reports"))
        files.clear(directory, render_matrix.RENDERERS)
        for item in runs:
            files.remove(item.settings.report_dir)
    except ConfigurationError as error:
        print_error(str(error))
        return ExitCode.USAGE
    except OSError as error:
        print_error(f"--report-dir: the last reports cannot be removed: {error}; fix that, or name another directory")
        return ExitCode.USAGE
    for item in runs:
        for notice in item.notices:
            print_error(notice, item.name)
    hidden = frozenset[str]().union(*(target.variables for target in targets))
    pool = Pool()
    found = _run_all(pool, runs, [Process(r.name, r.arguments, r.environment(environment, hidden)) for r in runs])
    return _conclude(found, directory, interrupted=pool.interrupts > 0)


def _run_all(pool: Pool, runs: Sequence[TargetRun], processes: Sequence[Process]) -> list[TargetResult]:
    """Run all processes and print each result as it comes; return the results in the order of the file."""
    directories = {item.name: item.settings.report_dir for item in runs}
    found: dict[str, TargetResult] = {}
    screen = console.PlainConsole(stderr=True, highlight=False, soft_wrap=True)
    progress = screen.status("") if screen.is_terminal else None
    shown: AbstractContextManager[object] = progress or nullcontext()
    with shown, closing(pool.run(processes)) as processes_done:
        while len(found) < len(runs):
            if progress:
                progress.update(Text(f"checking {', '.join(name for name in directories if name not in found)}"))
            finished = next(processes_done)
            result = read_result(finished, directories[finished.name])
            found[result.name] = result
            with suppress(OSError):  # a closed output does not stop the runs
                screen.print(f"{result.name}: {result.summary}", markup=False)
    return [found[name] for name in directories]


def _conclude(found: Sequence[TargetResult], directory: Path, *, interrupted: bool) -> int:
    verdict, matrix = worst(found, interrupted=interrupted), arrange_results(found)
    code = verdict.exit_code
    try:
        files.put({name: render(matrix) for name, render in render_matrix.RENDERERS.items()}, directory)
    except files.UnwrittenError as error:
        print_error(f"--report-dir: {error}; free some space or choose another directory, and run again")
        code = code or ExitCode.ERROR
    page = printable(str(directory / "matrix.html"))
    console.write(f"{table(found, matrix, verdict)}\nreport: {page}\n")
    return code
