"""The options, the order of the tests, the reports and the exit code of a run under pytest."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from conformance.cli.messages import print_error
from conformance.cli.progress import Progress
from conformance.config import option_values, options
from conformance.config.settings import Settings
from conformance.engine.abort import Abort
from conformance.engine.run import Run
from conformance.errors import CatalogueError, ConfigurationError, LedgerError
from conformance.exchange.verdicts import ExitCode, Verdict
from conformance.reports import console, files, plan
from conformance.requirements import SCENARIOS
from conformance.requirements.scenario_registry import PHASES
from conformance.spec import catalogue
from conformance.target.ledger import check_ledger

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from conformance.reports.model import Report

RUN = pytest.StashKey[Run]()
PROGRESS = pytest.StashKey[Progress]()
SCENARIOS_AND_PHASES = (*SCENARIOS, *PHASES)
"""All scenarios and phases in the order in which they are run; scenarios find the most faults per request."""
KILLING_INTERRUPT = 3
"""Ordinal of the Ctrl-C that kills the run, without a report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("drs-conform", "conformance of a DRS server")
    options.declare(group.addoption)
    group.addoption("--plan", action="store_true", help="print what would be sent and send nothing")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Validate the options before a session begins, so that pytest adds nothing to an error message."""
    try:
        config.stash[RUN] = _prepare(config)
    except (ConfigurationError, LedgerError) as error:
        print_error(str(error))
        return ExitCode.USAGE
    return None


def _prepare(config: pytest.Config) -> Run:
    # pytest-xdist sets `dist` only later if it got a number of processes.
    shared = getattr(config.option, "dist", "no") != "no" or getattr(config.option, "numprocesses", None)
    if shared or hasattr(config, "workerinput"):
        raise ConfigurationError("-n: a run uses one process; remove the option")
    values = {option.name: config.getoption(option.name) for option in options.OPTIONS}
    settings, requirements = Settings.read(options.given(values, os.environ)), catalogue.load()
    dry_run = bool(config.getoption("plan"))
    try:
        selected = requirements.select(settings.only)
    except CatalogueError as error:
        raise ConfigurationError(f"--only: {error}") from None
    option_values.directory("--report-dir", settings.report_dir)
    for notice in filter(None, (check_ledger(settings), settings.warning)):
        print_error(notice)
    violations = {item.id for item in selected if item.level is catalogue.Level.MUST}
    progress = Progress(requirements, violations, alone=not config.pluginmanager.hasplugin("terminal"))
    run = Run(settings, requirements, dry_run=dry_run, on_violation=progress.violation)
    config.stash[PROGRESS] = progress
    return run


def pytest_configure(config: pytest.Config) -> None:
    option_values.set_hypothesis_directory()
    config.addinivalue_line("markers", "scenario(name): sends requests and checks none of the responses")
    run = config.stash[RUN]
    config.pluginmanager.register(SuiteErrorWatcher(run))
    config.pluginmanager.register(ReportWriter(config, run))
    _handle_interrupts(run)


def _handle_interrupts(run: Run) -> None:
    """Abort the run on Ctrl-C, even if the generator of requests catches the exception and continues."""
    signals = 0

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal signals
        signals += 1
        if signals >= KILLING_INTERRUPT:
            os._exit(ExitCode.INTERRUPTED)
        ending = run.interrupted or run.closing
        run.interrupt()
        if not ending:
            raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scenario" in metafunc.fixturenames:
        cases = [
            pytest.param(scenario, id=name, marks=pytest.mark.scenario(name)) for name, scenario in SCENARIOS.items()
        ]
        metafunc.parametrize("scenario", cases)
    if "requirement" in metafunc.fixturenames:
        selected = catalogue.load().select(metafunc.config.stash[RUN].settings.only)
        metafunc.parametrize("requirement", [pytest.param(item, id=item.id) for item in selected])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order scenarios and phases before requirements, and deselect those that no selected requirement needs."""
    settings = config.stash[RUN].settings
    names = {item: mark.args[0] for item in items if (mark := item.get_closest_marker("scenario"))}
    needed = set(SCENARIOS_AND_PHASES)
    if settings.only:
        needed = {name for item in catalogue.load().select(settings.only) for name in item.exercised_by}
    kept = [item for item in items if item not in names or names[item] in needed]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = sorted(
        kept, key=lambda item: SCENARIOS_AND_PHASES.index(names[item]) if item in names else len(SCENARIOS_AND_PHASES)
    )
    config.stash[PROGRESS].scenarios = [names[item] for item in items if item in names]


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Iterator[Run]:
    prepared = pytestconfig.stash[RUN]
    with pytestconfig.stash[PROGRESS].shown(prepared), prepared as opened:
        yield opened


@pytest.fixture(autouse=True)
def _begin_scenario(request: pytest.FixtureRequest, run: Run) -> Iterator[None]:
    """Begin the scenario or phase of this test and show its progress; skip it if the run was aborted."""
    mark = request.node.get_closest_marker("scenario")
    if mark is None:
        yield
        return
    if run.abort is not None:
        pytest.skip(run.abort.reason)
    run.begin(mark.args[0])
    with request.config.stash[PROGRESS].step(mark.args[0], run):
        yield


class SuiteErrorWatcher:
    """Aborts the run on an unexpected exception, which is a fault of the suite; the target cannot cause one."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_internalerror(self, excrepr: object) -> None:
        self._abort(str(excrepr).splitlines()[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Watch for exceptions of scenarios, phases and fixtures."""
        report = yield
        if report.failed and call.excinfo is not None and (call.when != "call" or item.get_closest_marker("scenario")):
            self._abort(f"in {item.name}: {call.excinfo.value!r}")
        return report

    def _abort(self, details: str) -> None:
        if self._run.interrupted:
            return
        self._run.abort = Abort(Verdict.ERROR, f"the suite itself failed {details}; please report it")


class ReportWriter:
    """Removes the reports of the last run when the session begins; writes those of this run when it ends.

    It writes them and sets the exit code however the session ends.
    """

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._collect_only = bool(config.option.collectonly)
        self._run = run

    def pytest_sessionstart(self) -> None:
        """Remove the reports of the last run; options such as --help begin no session and leave them."""
        if not self._collect_only and not self._run.dry_run:
            files.remove(self._run.settings.report_dir)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the reports, print the verdict and set the exit code."""
        run = self._run
        if self._collect_only:
            return
        if run.dry_run:
            sends = {**PHASES, **{scenario.name: scenario.sends for scenario in SCENARIOS.values()}}
            with contextlib.suppress(OSError):  # a closed output
                plan.show(run.target, run.plan(), sends, most=run.session.batches.at_stake)
            session.exitstatus = run.abort.verdict.exit_code if run.abort else pytest.ExitCode.OK
            return
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            run.interrupt()
        run.closing = True
        report = run.report()
        unwritten = self._write(report)
        if run.interrupted and report.verdict is not Verdict.INTERRUPTED:  # while the report was being written
            report = run.report()
            unwritten = self._write(report)
        # Without its reports, a run has failed even if the target conforms.
        session.exitstatus = report.exit_code or (ExitCode.ERROR if unwritten else 0)
        # An output that is closed or full does not change the verdict.
        with contextlib.suppress(OSError):
            console.show(report, run.settings.report_dir, run.pasteable_deviations(report))
        if unwritten:
            print_error(f"--report-dir: {unwritten}; free some space or choose another directory, and run again")

    def _write(self, report: Report) -> str:
        """Write the reports; return an error message, or an empty text."""
        try:
            files.write(report, self._run.settings.report_dir)
        except files.UnwrittenError as error:
            return str(error)
        return ""
