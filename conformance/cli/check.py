"""A run against one target: its options, its progress, its reports and its exit code."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from conformance.cli import signals
from conformance.cli.messages import print_error
from conformance.cli.progress import Progress
from conformance.config import option_values, options
from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.errors import ConfigurationError, LedgerError
from conformance.exchange.verdicts import ExitCode, Verdict
from conformance.reports import console, files, plan
from conformance.requirements import SCENARIOS, phases
from conformance.requirements.scenario_registry import PHASES
from conformance.spec import catalogue
from conformance.target.connection import connect, connect_dry_run
from conformance.target.ledger import check_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from conformance.reports.model import Report

__all__ = ["USAGE_ERRORS", "check", "finish", "handling_interrupts", "prepare"]

USAGE_ERRORS = (ConfigurationError, LedgerError)
KILLING_INTERRUPT = 3
"""Ordinal of the Ctrl-C that kills the run, without a report."""


def check(values: Mapping[str, Any], *, dry_run: bool) -> int:
    """Check the target that options and the environment name; return the exit code."""
    try:
        run = prepare(values, dry_run=dry_run)
        if not dry_run:
            _remove_reports(run.settings.report_dir)
    except USAGE_ERRORS as error:
        print_error(str(error))
        return ExitCode.USAGE
    with handling_interrupts(run):
        try:
            _play(run, dry_run=dry_run)
        except KeyboardInterrupt:  # between two steps; within one, the run handles it
            run.interrupt()
        except Exception as error:  # noqa: BLE001 - the target cannot cause one
            run.fail(f"with {error!r}")
        return _finish(run, _show_plan if dry_run else _report)


def _remove_reports(directory: Path) -> None:
    """Remove the reports of the last run; raises `ConfigurationError`."""
    try:
        files.remove(directory)
    except OSError as error:
        raise ConfigurationError(
            f"--report-dir: the last report cannot be removed: {error}; fix that, or name another directory"
        ) from None


def prepare(values: Mapping[str, Any], *, dry_run: bool) -> Run:
    """Return the run for options and the environment, and print what the user should know about them.

    Raises:
        ConfigurationError: An option cannot be used as given.
        LedgerError: The ledger cannot be used.
    """
    option_values.set_hypothesis_directory()
    phases.check_hooks()
    settings = Settings.read(options.given(values, os.environ))
    run = Run(settings, catalogue.load(), connect=connect_dry_run if dry_run else connect)
    option_values.directory("--report-dir", settings.report_dir)
    for notice in filter(None, (check_ledger(settings), settings.warning)):
        print_error(notice)
    return run


def _play(run: Run, *, dry_run: bool) -> None:
    progress = Progress(run)
    with contextlib.nullcontext() if dry_run else progress.shown(), run:
        for event in run.events():
            progress.show(event)


@contextlib.contextmanager
def handling_interrupts(run: Run) -> Iterator[None]:
    """Abort the run on a signal that ends it, even if the generator of requests catches the exception and continues."""
    received = 0

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal received
        received += 1
        if received >= KILLING_INTERRUPT:
            os._exit(ExitCode.INTERRUPTED)
        ending = run.interrupted or run.closing
        run.interrupt()
        if not ending:
            raise KeyboardInterrupt

    with signals.handled(interrupt):
        yield


def finish(run: Run) -> int:
    """Write the reports of a run that has ended and print its verdict; return the exit code."""
    with handling_interrupts(run):
        return _finish(run, _report)


def _finish(run: Run, show: Callable[[Run], int]) -> int:
    """Show the results of a run; return the exit code, also if that fails."""
    try:
        try:
            return show(run)
        except KeyboardInterrupt:  # before it began; later on, `handling_interrupts` raises none
            return show(run)
    except Exception as error:  # noqa: BLE001 - Python would exit with 1, which means a violation
        print_error(f"the suite itself failed with {type(error).__name__} in the report; please report it")
        return ExitCode.ERROR


def _report(run: Run) -> int:
    run.closing = True
    report = run.report()
    unwritten = _write(report, run)
    if run.interrupted and report.verdict is not Verdict.INTERRUPTED:  # while the report was being written
        report = run.report()
        unwritten = _write(report, run)
    # An output that is closed or full does not change the verdict.
    with contextlib.suppress(OSError):
        console.show(report, run.settings.report_dir, run.pasteable_deviations(report))
    if unwritten:
        print_error(f"--report-dir: {unwritten}; free some space or choose another directory, and run again")
    # Without its reports, a run has failed even if the target conforms.
    return report.exit_code or (ExitCode.ERROR if unwritten else 0)


def _write(report: Report, run: Run) -> str:
    """Write the reports; return an error message, or an empty text."""
    try:
        files.write(report, run.settings.report_dir)
    except files.UnwrittenError as error:
        return str(error)
    return ""


def _show_plan(run: Run) -> int:
    if not run.connected:
        print_error(run.abort.reason if run.abort else "there is no connection")
        return run.abort.verdict.exit_code if run.abort else ExitCode.ERROR
    sends = {**PHASES, **{scenario.name: scenario.sends for scenario in SCENARIOS.values()}}
    with contextlib.suppress(OSError):  # a closed output
        plan.show(run.target, run.plan(), sends, most=run.session.batches.at_stake)
    return run.abort.verdict.exit_code if run.abort else ExitCode.CONFORMS
