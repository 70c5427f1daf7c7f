"""`pytest conformance/suite` gives the report of `drs-conform`, beside other plugins and with the options of pytest."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.support.command_line import Completed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.selftest.support.command_line import CommandLine

SUITE = Path(__file__).parents[2] / "suite"
MOMENTARY = re.compile(r'("(?:date|x-request-id)",) "[^"]*"')
"""Headers of an answer whose values the mock makes up."""
VARYING = ("started", "seconds", "latency", "target", "command")

OUTPUTS = ("out", "err")
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["conformance.cli.check", "pytest"])

SHUFFLE = "def pytest_collection_modifyitems(items):\n    items.reverse()"
SAME_OPTION = "def pytest_addoption(parser):\n    parser.addoption('--timeout')"
SIGNAL_IN_REPORT = (
    "import signal\nfrom conformance.reports import files\nwrite = files.write\n"
    "def interrupted(*arguments):\n    signal.raise_signal(signal.{})\n    write(*arguments)\n"
    "files.write = interrupted"
)
FAILING_REPORT = "from conformance.reports import files\nfiles.write = None"
EXIT = "import pytest\ndef pytest_runtest_teardown(item):\n    pytest.exit('enough')"


class Pytest:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, *arguments: str, plugin: str = "") -> Completed:
        """Run the suite, with the source of a plugin."""
        (self._directory / "other_plugin.py").write_text(plugin, encoding="utf-8")
        command = [
            *("-p", "other_plugin", f"--rootdir={self._directory}", "-c", str(self._directory / "pytest.ini")),
            *("--import-mode=importlib", str(SUITE), "--report-dir", str(self._directory / "reports"), *arguments),
        ]
        process = FORKS.Process(target=_pytest, args=(self._directory, command))
        process.start()
        process.join(timeout=120)
        out, err = ((self._directory / name).read_text(encoding="utf-8") for name in OUTPUTS)
        return Completed(process.exitcode or 0, out, err, self._directory / "reports")


def _pytest(directory: Path, arguments: list[str]) -> None:
    """Run pytest in a process that has imported the suite, which takes most of the time of a short run."""
    for number, name in enumerate(OUTPUTS, start=1):
        os.dup2(os.open(directory / name, os.O_CREAT | os.O_WRONLY), number)
    os.chdir(directory)
    sys.path.insert(0, str(directory))
    sys.exit(pytest.main(arguments))


@pytest.fixture
def run_pytest(tmp_path: Path) -> Pytest:
    (tmp_path / "pytest.ini").touch()
    return Pytest(tmp_path)


@pytest.fixture
def faulty() -> Iterator[str]:
    with EmbeddedServer(MockSettings(faults=("error-code-13",))) as mock:
        yield mock.url


def _facts(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in VARYING}


def test_both_ways_send_the_same_requests_and_come_to_the_same_report(
    drs_conform: CommandLine, run_pytest: Pytest
) -> None:
    reports = []
    for run in (drs_conform, run_pytest):
        with EmbeddedServer(MockSettings(faults=("error-code-13",))) as mock:
            outcome = run("--target", mock.url)
        assert outcome.code == 1
        text = json.dumps(_facts(outcome.report)).replace(mock.url, "http://mock")
        reports.append(json.loads(MOMENTARY.sub(r"\1 null", text)))

    assert reports[0]["requests"] > 300
    assert reports[0] == reports[1]


@pytest.mark.parametrize("plugin", ["", SHUFFLE])
def test_the_order_of_the_tests_changes_nothing(plugin: str, run_pytest: Pytest, drs_conform: CommandLine) -> None:
    only = ("--only", "LIFE", "REQ-001")

    assert _facts(run_pytest(*only, plugin=plugin).report) == _facts(drs_conform(*only).report)


def test_a_requirement_chosen_by_name_is_judged_as_with_only(run_pytest: Pytest, drs_conform: CommandLine) -> None:
    chosen, only = run_pytest("-k", "ERR-003"), drs_conform("--only", "ERR-003")

    assert chosen.code == only.code == 0
    assert _facts(chosen.report) == _facts(only.report)


@pytest.mark.parametrize("expression", ["odd-ids", "one-refusal-in or HTTP-001", "not unknown-batches"])
def test_a_run_without_all_scenarios_is_inconclusive(expression: str, run_pytest: Pytest) -> None:
    outcome = run_pytest("-k", expression)

    assert outcome.code == 3
    assert "left out" in outcome.report["reason"]
    played = set(dict(outcome.report["traffic"]["stimuli"]))
    assert ("unknown-batches" in played, "coverage" in played) == (False, expression.startswith("not"))


@pytest.mark.parametrize("option", [["-x"], ["--stepwise"]], ids=" ".join)
def test_a_session_that_stops_at_the_first_failure_reports_the_whole_run(
    option: list[str], run_pytest: Pytest, faulty: str
) -> None:
    outcome = run_pytest("--target", faulty, "--only", "ERR", *option, plugin=SHUFFLE)

    assert outcome.code == 1
    assert outcome.broken == {"ERR-003"}
    assert outcome.report["verdict"] == "violates"


def test_the_failures_of_the_last_run_are_judged_again(run_pytest: Pytest, faulty: str) -> None:
    run_pytest("--target", faulty, "--only", "ERR")
    again = run_pytest("--target", faulty, "--lf")

    assert again.code == 1
    assert [item["id"] for item in again.report["requirements"]] == ["ERR-003"]


def test_a_plugin_with_an_option_of_the_same_name_is_named(run_pytest: Pytest) -> None:
    outcome = run_pytest(plugin=SAME_OPTION)

    assert outcome.code == pytest.ExitCode.USAGE_ERROR
    assert "--timeout" in outcome.err
    assert "-p no:NAME" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_session_that_a_plugin_ends_is_inconclusive_and_not_interrupted(run_pytest: Pytest) -> None:
    outcome = run_pytest("--only", "ERR", plugin=EXIT)

    assert outcome.code == 3
    assert outcome.report["verdict"] == "inconclusive"


def test_an_error_of_collection_is_a_fault_of_the_suite_and_sends_nothing(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import no_such_module", encoding="utf-8")

    outcome = run_pytest("--only", "ERR", "--seed", "1", str(tmp_path / "test_broken.py"))

    assert outcome.code == 70
    assert list(outcome.directory.iterdir()) == []


def test_tests_beside_those_of_the_suite_are_refused(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_other(): assert False", encoding="utf-8")

    outcome = run_pytest("--only", "ERR", "--seed", "1", str(tmp_path / "test_other.py"))

    assert outcome.code == pytest.ExitCode.USAGE_ERROR
    assert "test_other" in outcome.out + outcome.err
    assert list(outcome.directory.iterdir()) == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_during_the_report_loses_nothing(name: str, run_pytest: Pytest) -> None:
    outcome = run_pytest("--only", "ERR-003", plugin=SIGNAL_IN_REPORT.format(name))

    assert outcome.code == 130
    assert outcome.report["verdict"] == "interrupted"


def test_an_exception_in_the_report_is_a_fault_of_the_suite(run_pytest: Pytest) -> None:
    outcome = run_pytest("--only", "ERR-003", plugin=FAILING_REPORT)

    assert outcome.code == 70
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("hook", ["unconfigure(config)", "terminal_summary(exitstatus)"])
def test_an_exception_of_a_plugin_is_no_violation(hook: str, run_pytest: Pytest) -> None:
    outcome = run_pytest("--only", "ERR-003", plugin=f"def pytest_{hook}: raise ValueError('a plugin failed')")

    assert outcome.code == 70
    assert "ValueError" in outcome.err
    assert "Traceback" not in outcome.err


def test_another_report_that_cannot_be_written_is_a_fault_of_the_suite(run_pytest: Pytest, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = run_pytest("--only", "ERR-003", f"--junitxml={tmp_path}/file/junit.xml")

    assert outcome.code == 70
    assert "in pytest, after the tests" in outcome.report["reason"]


def test_hooks_of_schemathesis_are_refused(run_pytest: Pytest) -> None:
    hook = "import schemathesis\n@schemathesis.hook\ndef map_headers(context, headers): return {}"

    outcome = run_pytest("--only", "ERR-003", plugin=hook)

    assert outcome.code == 2
    assert "map_headers" in outcome.err


def test_an_exception_in_a_scenario_is_a_fault_of_the_suite(run_pytest: Pytest) -> None:
    plugin = (
        "import pytest\n"
        "@pytest.hookimpl(wrapper=True)\n"
        "def pytest_runtest_call(item):\n"
        "    yield\n"
        "    raise RuntimeError('a plugin failed')"
    )
    outcome = run_pytest("--only", "ERR", plugin=plugin)

    assert outcome.code == 70
    assert "a plugin failed" in outcome.report["reason"]


def test_several_processes_are_refused(run_pytest: Pytest) -> None:
    outcome = run_pytest("-n", "2")

    assert outcome.code == 2
    assert "drs-conform: -n: " in outcome.err
    assert not outcome.directory.exists()
