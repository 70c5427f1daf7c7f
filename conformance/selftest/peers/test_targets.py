"""Tests of one run on three targets: the mock, the mock with a fault, and Prism."""

import os
import subprocess
import sys
from pathlib import Path

from conformance.config.options import without_variables
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.reports import reading
from conformance.reports.matrix import Column, Contrast, arrange
from conformance.selftest.support.peers import prism

TARGETS = """
[mock]

[faulty]
target = "{faulty}"

[prism]
target = "{prism}"
token_env = "TOKEN_OF_PRISM"
timeout = 1
"""


def test_three_targets_are_judged_and_their_differences_reported(prism_program: Path, tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    environment = without_variables(os.environ, "PYTEST_")
    with (
        prism.running(prism_program) as server,
        EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock,
    ):
        file.write_text(TARGETS.format(faulty=mock.url, prism=server.url), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "conformance", "--targets", str(file), "--only", "AUTH-002", "ERR-003"],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=tmp_path,
            env={**environment, "TOKEN_OF_PRISM": "any"},
        )

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("violates: 1 of 3 targets conforms\n")
    reports = {
        name: reading.load(tmp_path / "reports" / name / "conformance.json") for name in ("mock", "faulty", "prism")
    }
    violated = {name: {item.id for item in report.having(RequirementVerdict.FAIL)} for name, report in reports.items()}
    assert {name: report.verdict for name, report in reports.items()} == {
        "mock": Verdict.CONFORMS,
        "faulty": Verdict.VIOLATES,
        "prism": Verdict.VIOLATES,
    }
    assert violated == {"mock": set(), "faulty": {"ERR-003"}, "prism": {"AUTH-002"}}
    matrix = arrange([Column(name, report) for name, report in reports.items()])
    assert {row.id for row in matrix.having(Contrast.DISAGREES)} == {"AUTH-002", "ERR-003"}
    assert (tmp_path / "reports" / "matrix.html").exists()
