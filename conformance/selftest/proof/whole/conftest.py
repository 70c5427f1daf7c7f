"""Collects the results of the runs, and writes the published proof if --write-proof is given."""

from __future__ import annotations

import json
import pickle
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.proof import report
from conformance.proof.results import collected
from conformance.selftest.proof.blind.servers import FOUND_BY

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.proof.results import Result

PROPERTY = "proof"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-proof", action="store_true", help="write proof.md and proof.json")
    parser.addoption("--stacks", choices=("python", "node", "go", "all"), default="python", help="blind servers to run")
    parser.addoption("--named", action="store_true", help="run each fault once more with batches that the user names")
    parser.addoption("--mutants", choices=("few", "all"), default="few", help="mutants of the server of others to run")
    parser.addoption("--seeds", type=int, choices=(1, 2), default=1, help="number of seeds for each conforming server")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--write-proof", default=False) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(ProofWriter(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Some of these wait for a minute. At the end, the other processes would have nothing else to do.
    items.sort(key=lambda item: Path(__file__).parent not in item.path.parents)


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Callable[[Result], None]:
    """Hand a result to the process that writes the proof."""
    return lambda result: record_property(PROPERTY, pickle.dumps(result).hex())


class ProofWriter:
    def __init__(self, config: pytest.Config) -> None:
        self._processes = getattr(config.option, "numprocesses", None) or 1
        self._started = time.monotonic()
        self._results: list[Result] = []
        self._written = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            texts = [text for name, text in report.user_properties if name == PROPERTY]
            self._results += [pickle.loads(bytes.fromhex(str(text))) for text in texts]  # noqa: S301 - of our own tests

    def pytest_sessionfinish(self) -> None:
        minutes = (time.monotonic() - self._started) / 60
        proof = collected(self._results, processes=self._processes, minutes=minutes)
        if proof.complete:
            report.write(proof, report.DOCUMENTS)
            found_by = {run.server: run.findings[0] for run in proof.others}
            FOUND_BY.write_text(json.dumps(found_by, indent=0) + "\n", encoding="utf-8")
        self._written = "written: proof.json, proof.md" if proof.complete else "not complete, so nothing was written"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"proof: {self._written}")
