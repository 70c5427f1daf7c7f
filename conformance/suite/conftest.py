"""Options, order and outcome of a conformance run under pytest."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.cli.progress import Progress
from conformance.config import option_values, options
from conformance.config.option_values import cache_directory
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
"""All stimuli in the order in which they are sent: scenarios find most faults with the fewest requests."""
PATIENCE = 3
"""The Ctrl-C that ends the run at once, without a report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("drs-conform", "conformance of a DRS server")
    options.declare(group.addoption)
    group.addoption("--plan", action="store_true", help="print what would be sent, and send nothing")


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Check the options before a session begins, so that wrong usage is one line of our own."""
    try:
        config.stash[RUN] = _prepare(config)
    except CatalogueError as error:
        message = f"--only: {error}"
    except (ConfigurationError, LedgerError) as error:
        message = str(error)
    else:
        return None
    _tell(message)
    return ExitCode.USAGE


def _tell(message: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"drs-conform: {message}\n")


def _prepare(config: pytest.Config) -> Run:
    if getattr(config.option, "dist", "no") != "no" or hasattr(config, "workerinput"):
        raise ConfigurationError("-n: a run is made by one process; leave it out")
    values = {option.name: config.getoption(option.name) for option in options.OPTIONS}
    settings, requirements = Settings.read(options.given(values, os.environ)), catalogue.load()
    selected, dry_run = requirements.select(settings.only), bool(config.getoption("plan"))
    option_values.directory("--report-dir", settings.report_dir)
    for notice in filter(None, (check_ledger(settings), settings.warning)):
        _tell(notice)
    violations = {item.id for item in selected if item.level is catalogue.Level.MUST}
    progress = Progress(requirements, violations, alone=not config.pluginmanager.hasplugin("terminal"))
    run = Run(settings, requirements, dry_run=dry_run, on_violation=progress.violation)
    config.stash[PROGRESS] = progress
    if not dry_run and not config.option.collectonly:
        files.remove(settings.report_dir)
    return run


def pytest_configure(config: pytest.Config) -> None:
    # Hypothesis would leave what it knows of Unicode in the current directory; without it, it works it out anew.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache_directory() / "hypothesis"))
    config.addinivalue_line("markers", "scenario(name): sends requests and judges none of the responses")
    run = config.stash[RUN]
    config.pluginmanager.register(SuiteErrorWatcher(run))
    config.pluginmanager.register(ReportWriter(config, run))
    _heed_interrupts(run)


def _heed_interrupts(run: Run) -> None:
    """End the run on Ctrl-C for certain: what generates requests may catch the exception, and would go on."""
    signals = 0

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal signals
        signals += 1
        if signals >= PATIENCE:
            os._exit(ExitCode.INTERRUPTED)
        ended = run.interrupted or run.closing
        run.interrupt()
        if not ended:
            raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scenario" in metafunc.fixturenames:
        marks = {name: pytest.mark.scenario(name) for name in SCENARIOS}
        cases = [pytest.param(scenario, id=name, marks=marks[name]) for name, scenario in SCENARIOS.items()]
        metafunc.parametrize("scenario", cases)
    if "requirement" in metafunc.fixturenames:
        selected = catalogue.load().select(metafunc.config.stash[RUN].settings.only)
        metafunc.parametrize("requirement", [pytest.param(item, id=item.id) for item in selected])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the stimuli first, and leave out those that nothing asked for needs."""
    settings = config.stash[RUN].settings
    names = {item: mark.args[0] for item in items if (mark := item.get_closest_marker("scenario"))}
    wanted = set(SCENARIOS_AND_PHASES)
    if settings.only:
        wanted = {name for item in catalogue.load().select(settings.only) for name in item.exercised_by}
    kept = [item for item in items if item not in names or names[item] in wanted]
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
def _begun(request: pytest.FixtureRequest, run: Run) -> Iterator[None]:
    """Begin the stimulus of this test, tell of it, and send nothing once the run has ended."""
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
    """Lays at the suite's door what is raised anywhere: what the target does is judged, not raised."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_internalerror(self, excrepr: object) -> None:
        self._blame(str(excrepr).splitlines()[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """See what a stimulus or a fixture raises."""
        report = yield
        if report.failed and call.excinfo is not None and (call.when != "call" or item.get_closest_marker("scenario")):
            self._blame(f"in {item.name}: {call.excinfo.value!r}")
        return report

    def _blame(self, what: str) -> None:
        if self._run.interrupted:
            return
        self._run.abort = Abort(Verdict.ERROR, f"the suite itself failed {what}; please report it")


class ReportWriter:
    """Turns the end of the session, whichever it is, into a verdict, reports and an exit code."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._collect_only = bool(config.option.collectonly)
        self._run = run

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the reports, on every way out, and exit with the code of the verdict."""
        run = self._run
        if self._collect_only:
            return
        if run.dry_run:
            sends = {**PHASES, **{scenario.name: scenario.sends for scenario in SCENARIOS.values()}}
            most = len(run.session.batches.committable)
            plan.show(run.target, run.plan(), sends, most=most)
            session.exitstatus = run.abort.verdict.exit_code if run.abort else pytest.ExitCode.OK
            return
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            run.interrupt()
        run.closing = True
        report = run.report()
        unwritten = self._write(report)
        if run.interrupted and report.verdict is not Verdict.INTERRUPTED:  # while the report was written
            report = run.report()
            unwritten = self._write(report)
        # A run without its reports has not done what it is for, however well the target has done.
        session.exitstatus = report.exit_code or (ExitCode.ERROR if unwritten else 0)
        # Whoever closes the output early, or has no room for it, does not change the verdict.
        with contextlib.suppress(OSError):
            console.show(report, run.settings.report_dir, run.pasteable_deviations(report))
        if unwritten:
            _tell(f"--report-dir: {unwritten}; make room, or choose another, and run again")

    def _write(self, report: Report) -> str:
        """Write the reports; returns what could not be written, and why."""
        try:
            files.write(report, self._run.settings.report_dir)
        except files.UnwrittenError as error:
            return str(error)
        return ""
