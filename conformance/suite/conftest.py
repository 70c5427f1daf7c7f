"""Options, order and outcome of a conformance run under pytest."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from conformance import catalogue, options
from conformance.campaign import Campaign
from conformance.progress import Progress
from conformance.reports import console, files
from conformance.reports.model import EXIT_CODES, Verdict
from conformance.settings import ConfigurationError, Settings
from conformance.stimuli.generated import PHASES
from conformance.stimuli.scenarios import SCENARIOS
from conformance.verdict import Stop

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

USAGE_ERROR = 2
CAMPAIGN = pytest.StashKey[Campaign]()
PROGRESS = pytest.StashKey[Progress]()
STIMULI = (*PHASES, *SCENARIOS)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("drs-conform", "conformance of a DRS server")
    options.declare(group.addoption)
    group.addoption("--plan", action="store_true", help="print what would be sent, and send nothing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "stimulus(name): sends requests, and judges none")
    values = {option.name: config.getoption(option.name) for option in options.OPTIONS}
    try:
        settings = Settings.read(options.given(values, os.environ))
        requirements = catalogue.load()
        requirements.select(settings.only)
        config.stash[CAMPAIGN] = Campaign(settings, requirements, rehearsal=config.getoption("plan"))
    except (ConfigurationError, options.EmptyVariableError) as error:
        pytest.exit(str(error), returncode=USAGE_ERROR)
    except catalogue.CatalogueError as error:
        pytest.exit(f"--only: {error}", returncode=USAGE_ERROR)
    config.stash[PROGRESS] = Progress()
    if not config.getoption("plan") and not config.option.collectonly:
        files.remove(settings.report_dir)
    if getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput"):
        pytest.exit("-n: a run is one process, since its verdict is drawn from all that it saw", returncode=USAGE_ERROR)
    config.pluginmanager.register(Outcome(config, config.stash[CAMPAIGN]))
    _heed_interrupts(config.stash[CAMPAIGN])


def _heed_interrupts(campaign: Campaign) -> None:
    """End the run on Ctrl-C for certain: what generates requests may catch the exception, and would go on."""

    def interrupt(_number: int, _frame: object) -> None:
        campaign.interrupt()
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scenario" in metafunc.fixturenames:
        marks = {name: pytest.mark.stimulus(name) for name in SCENARIOS}
        cases = [pytest.param(scenario, id=name, marks=marks[name]) for name, scenario in SCENARIOS.items()]
        metafunc.parametrize("scenario", cases)
    if "requirement" in metafunc.fixturenames:
        selected = catalogue.load().select(metafunc.config.stash[CAMPAIGN].settings.only)
        metafunc.parametrize("requirement", [pytest.param(item, id=item.id) for item in selected])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the stimuli first, and leave out those that nothing asked for needs."""
    settings = config.stash[CAMPAIGN].settings
    names = {item: mark.args[0] for item in items if (mark := item.get_closest_marker("stimulus"))}
    wanted = set(STIMULI)
    if settings.only:
        wanted = {name for item in catalogue.load().select(settings.only) for name in item.exercised_by}
    kept = [item for item in items if item not in names or names[item] in wanted]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = sorted(kept, key=lambda item: STIMULI.index(names[item]) if item in names else len(STIMULI))
    config.stash[PROGRESS].total = sum(item in names for item in kept)


@pytest.fixture(scope="session")
def campaign(pytestconfig: pytest.Config) -> Iterator[Campaign]:
    with pytestconfig.stash[CAMPAIGN] as opened:
        yield opened


@pytest.fixture(autouse=True)
def _told(request: pytest.FixtureRequest, campaign: Campaign) -> Iterator[None]:
    """Begin the stimulus of this test, tell of it, and send nothing once the run has ended."""
    mark = request.node.get_closest_marker("stimulus")
    if mark is None:
        yield
        return
    if campaign.stop is not None:
        pytest.skip(campaign.stop.reason)
    progress = request.config.stash[PROGRESS]
    campaign.begin(mark.args[0])
    with progress.step(mark.args[0], campaign):
        yield


class Outcome:
    """Turns the end of the session, whichever it is, into a verdict, reports and an exit code."""

    def __init__(self, config: pytest.Config, campaign: Campaign) -> None:
        self._collect_only = bool(config.option.collectonly)
        self._campaign = campaign

    def pytest_internalerror(self, excrepr: object) -> None:
        self._blame(str(excrepr).splitlines()[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Lay at the suite's door what a stimulus or a fixture raises: what the target does is judged, not raised."""
        report = yield
        if report.failed and call.excinfo is not None and (call.when != "call" or item.get_closest_marker("stimulus")):
            self._blame(f"in {item.name}: {call.excinfo.value!r}")
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the reports, on every way out, and exit with the code of the verdict."""
        campaign = self._campaign
        if self._collect_only:
            return
        if campaign.rehearsal:
            console.show_plan(
                campaign.target, campaign.plan(), {**PHASES, **{s.name: s.sends for s in SCENARIOS.values()}}
            )
            session.exitstatus = EXIT_CODES[campaign.stop.verdict] if campaign.stop else pytest.ExitCode.OK
            return
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            campaign.interrupt()
        report = campaign.report()
        files.write(report, campaign.settings.report_dir)
        session.exitstatus = report.exit_code
        # Whoever closes the output early, or has no room for it, does not change the verdict.
        with contextlib.suppress(OSError):
            console.show(report, campaign.settings.report_dir, campaign.pasteable_deviations(report))

    def _blame(self, what: str) -> None:
        if self._campaign.interrupted:
            return
        self._campaign.stop = Stop(Verdict.ERROR, f"the suite itself failed {what}; please report it")
