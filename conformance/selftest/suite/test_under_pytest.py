"""`pytest conformance/suite` gives the report of `drs-conform`, beside other plugins and with the options of pytest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.options import without_variables
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

SHUFFLE = "def pytest_collection_modifyitems(items):\n    items.reverse()"
SAME_OPTION = "def pytest_addoption(parser):\n    parser.addoption('--timeout')"
EXIT = "import pytest\ndef pytest_runtest_teardown(item):\n    pytest.exit('enough')"


class Pytest:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, *arguments: str, plugin: str = "") -> Completed:
        """Run the suite, with the source of a plugin."""
        (self._directory / "other_plugin.py").write_text(plugin, encoding="utf-8")
        process = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "other_plugin", f"--rootdir={self._directory}"),
                *("-c", str(self._directory / "pytest.ini"), "--import-mode=importlib", str(SUITE)),
                *("--report-dir", str(self._directory / "reports"), *arguments),
            ],
            env={**without_variables(os.environ), "PYTHONPATH": str(self._directory)},
            cwd=self._directory,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Completed(process.returncode, process.stdout, process.stderr, self._directory / "reports")


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


def test_a_deselected_scenario_is_not_played(run_pytest: Pytest) -> None:
    outcome = run_pytest("--only", "ERR", "-k", "not unknown-batches")

    assert outcome.code == 0
    assert "unknown-batches" not in dict(outcome.report["traffic"]["stimuli"])
    assert len(outcome.report["requirements"]) > 1


def test_a_scenario_alone_does_not_conform(run_pytest: Pytest) -> None:
    outcome = run_pytest("-k", "odd-ids")

    assert outcome.code == 3
    assert set(dict(outcome.report["traffic"]["stimuli"])) == {"preflight", "odd-ids"}


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
