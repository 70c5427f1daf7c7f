"""The options, the order of the tests, the reports and the exit code of a run under plain pytest."""

from __future__ import annotations

import sys
from argparse import ArgumentError
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import pytest

from conformance import interpreter
from conformance.cli import check
from conformance.cli.messages import flush_output, print_error, print_failure
from conformance.cli.progress import Progress, Stream
from conformance.config import options
from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import ExitCode
from conformance.reports import files
from conformance.requirements import SCENARIOS
from conformance.suite.player import Player

if TYPE_CHECKING:
    from collections.abc import Generator

SUITE = Path(__file__).parent
PLAYER = pytest.StashKey[Player]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.register(ErrorPlugin())
    group = parser.getgroup("drs-conform", "conformance of a DRS server")
    try:
        options.declare(group.addoption)
    except (ArgumentError, ValueError) as error:
        message = f"a plugin of pytest has an option of the same name ({error}); switch the plugin off with -p no:NAME"
        raise pytest.UsageError(f"{message}, or run drs-conform, which loads no plugins") from None


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Validate the options before a session begins, so that pytest adds nothing to an error message."""
    try:
        _check_one_process(config)
        run = check.prepare({option.name: config.getoption(option.name) for option in options.OPTIONS}, dry_run=False)
    except check.USAGE_ERRORS as error:
        print_error(str(error))
        return ExitCode.USAGE
    config.stash[PLAYER] = Player(run, Progress(run, alone=not config.pluginmanager.hasplugin("terminal")))
    return None


def _check_one_process(config: pytest.Config) -> None:
    """Raise `ConfigurationError` if pytest-xdist would spread the tests over processes."""
    # It sets `dist` only later if it got a number of processes.
    shared = getattr(config.option, "dist", "no") != "no" or getattr(config.option, "numprocesses", None)
    if shared or hasattr(config, "workerinput"):
        raise ConfigurationError("-n: a run uses one process; remove the option")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "scenario(name): sends requests and checks none of the responses")
    config.pluginmanager.register(RunPlugin(config.stash[PLAYER]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scenario" in metafunc.fixturenames:
        cases = [pytest.param(name, id=name, marks=pytest.mark.scenario(name)) for name in SCENARIOS]
        metafunc.parametrize("scenario", cases)
    if "requirement" in metafunc.fixturenames:
        selected = metafunc.config.stash[PLAYER].run.selected
        metafunc.parametrize("requirement", [pytest.param(item.id, id=item.id) for item in selected])


def _scenario(item: pytest.Item) -> str:
    """Return the scenario or phase of a test; empty for the test of a requirement."""
    mark = item.get_closest_marker("scenario")
    return str(mark.args[0]) if mark else ""


def _requirement(item: pytest.Item) -> str:
    """Return the ID of the requirement of a test; empty for the test of a scenario or phase."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return str(parameters.get("requirement", ""))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the scenarios and phases that no selected requirement needs, and put the requirements last."""
    steps = config.stash[PLAYER].run.steps
    unneeded = [item for item in items if _scenario(item) not in ("", *steps)]
    config.hook.pytest_deselected(items=unneeded)
    kept = [item for item in items if item not in unneeded]
    items[:] = sorted(kept, key=lambda item: (*steps, "").index(_scenario(item)))


@pytest.fixture(scope="session")
def player(pytestconfig: pytest.Config) -> Player:
    return pytestconfig.stash[PLAYER]


class ErrorPlugin:
    """Keeps errors of pytest, its other plugins and its output from the exit code 1, which means a violation."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self) -> Generator[None, object, object]:
        interpreter.open_closed_streams()
        output, sys.stdout = sys.stdout, cast("TextIO", Stream(sys.stdout))
        try:
            return (yield)
        except pytest.UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - pytest would exit with 1
            print_failure(error)
            return ExitCode.ERROR
        finally:
            sys.stdout = output
            flush_output()


class RunPlugin:
    """Connects the run to its target while the tests run; writes its reports and sets the exit code at the end."""

    def __init__(self, player: Player) -> None:
        self._player = player

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Reduce the run to the tests that other plugins and options such as -k and --lf have left."""
        others = [item for item in session.items if SUITE not in item.path.parents]
        if others:
            raise pytest.UsageError(f"{others[0].nodeid} is not a test of the suite; run it by a pytest of its own")
        requirements = {_requirement(item) for item in session.items} - {""}
        self._player.select(requirements, {_scenario(item) for item in session.items} - {""})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Remove the reports of the last run, and connect while the tests run."""
        if session.config.option.collectonly or session.testsfailed:
            return (yield)
        files.remove(self._player.run.settings.report_dir)
        with self._player.connected():
            return (yield)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Abort the run on Ctrl-C; pytest calls this for `pytest.exit`, --stepwise and errors of collection as well."""
        if excinfo.type is KeyboardInterrupt:
            self._player.run.interrupt()

    def pytest_internalerror(self, excrepr: object) -> None:
        """Abort the run."""
        self._player.run.fail(f"with {str(excrepr).splitlines()[-1]}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Abort the run on an exception of a scenario, a phase or a fixture, since the target cannot cause one."""
        report = yield
        if report.failed and call.excinfo is not None and (call.when != "call" or _scenario(item)):
            self._player.run.fail(f"in {item.name}: {call.excinfo.value!r}")
        return report

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Write the reports, print the verdict and set the exit code, however the session ends."""
        if session.config.option.collectonly:
            return (yield)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - of a plugin, such as one that cannot write its own report
            self._player.run.fail(f"in pytest, after the tests: {error!r}")
        session.exitstatus = self._player.finish()
