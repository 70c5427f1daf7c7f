"""Runs in several processes: the verdict is the one of a single process, or none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance.selftest.suite.conftest import Outcome
from conformance.selftest.suite.processes import under_way
from conformance.selftest.suite.servers import unused_port
from conformance.server.embedded import EmbeddedServer
from conformance.server.settings import ACCESS_KEY, FOREIGN_PROJECT_ID, SECRET_KEY, MockSettings

if TYPE_CHECKING:
    from conformance.selftest.suite.conftest import CommandLine

ROOT = Path(__file__).parents[3]
PYTEST = (sys.executable, "-m", "pytest", "conformance/suite")
OF_ONE_RUN = ("started", "seconds", "latency", "target", "command", "requests")
"""What differs from run to run; each process asks once more whether the target is there."""


def _pytest(drs_conform: CommandLine, *arguments: str, **variables: str) -> Outcome:
    environment = drs_conform.environment(**variables)
    process = subprocess.run(  # noqa: S603 - our own program
        [*PYTEST, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=240,
    )
    return Outcome(process.returncode, process.stdout, process.stderr, Path(environment["DRS_REPORT_DIR"]))


def _alike(outcome: Outcome) -> dict[str, Any]:
    report = {key: value for key, value in outcome.report.items() if key not in OF_ONE_RUN}
    for finding in (finding for item in report["requirements"] for finding in item["findings"]):
        del finding["response"]["headers"]  # with the time and the number of the request
    return report


@pytest.mark.parametrize(
    ("fault", "code", "arguments"),
    [
        (None, 0, ()),
        ("error-code-11", 1, ("--only", "ERR-003", "ERR-004")),
        ("no-authentication", 1, ("--only", "AUTH")),
    ],
)
def test_two_processes_report_what_one_does(
    fault: str | None, code: int, arguments: tuple[str, ...], drs_conform: CommandLine
) -> None:
    outcomes = []
    for processes in (0, 2):
        with EmbeddedServer(MockSettings(faults=(fault,) if fault else ())) as mock:
            outcome = _pytest(drs_conform, "-n", str(processes), "--target", mock.url, *arguments)
            outcomes.append((outcome.code, outcome.report["requests"], _alike(outcome)))

    (one, one_sent, one_report), (two, two_sent, two_report) = outcomes
    assert (one, two) == (code, code)
    assert one_report == two_report
    assert one_sent <= two_sent <= one_sent + 1


def test_each_process_judges_a_mock_of_its_own_where_no_target_is_named(drs_conform: CommandLine) -> None:
    outcome = _pytest(drs_conform, "-n", "2", "-p", "no:terminal", "-o", "addopts=", "--only", "LIFE-001", "ERR-001")

    assert outcome.code == 0
    assert outcome.report["target"].endswith("(the built-in mock)")
    assert outcome.requirement("LIFE-001")["exercised"] > 0


def test_each_batch_that_was_named_is_used_in_one_process_alone(drs_conform: CommandLine, tmp_path: Path) -> None:
    database = tmp_path / "batches.db"
    with EmbeddedServer(MockSettings(database=database)) as mock:
        answer = httpx.post(
            f"{mock.url}/_mock/batches", json={"status": "AUTO_PARAM_VALIDATE_SUCCESS", "count": 8}, trust_env=False
        )
        ready = [batch["async_job_id"] for batch in answer.raise_for_status().json()["batches"]]
    variables = {"DRS_READY_JOBS": ",".join(ready), "DRS_FOREIGN_PROJECT_ID": FOREIGN_PROJECT_ID}

    reports = []
    for processes in (0, 3):
        copy = tmp_path / f"{processes}.db"
        copy.write_bytes(database.read_bytes())
        with EmbeddedServer(MockSettings(database=copy, control=False)) as bare:
            arguments = ("-n", str(processes), "--target", bare.url, "--only", "LIFE")
            outcome = _pytest(drs_conform, *arguments, **variables, DRS_LEDGER=str(tmp_path / f"ledger-{processes}"))
            reports.append(_alike(outcome))

    assert outcome.broken == set()
    assert outcome.requirement("LIFE-001")["verdict"] == "pass"
    assert reports[0] == reports[1]


KILLER = """
import os, signal

def pytest_runtest_setup(item):
    if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_that_is_lost_is_no_verdict_on_the_target(drs_conform: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "killer.py").write_text(KILLER, encoding="utf-8")

    outcome = _pytest(drs_conform, "-n", "2", "-p", "killer", "--only", "ERR", PYTHONPATH=str(tmp_path))

    assert outcome.code == 70
    assert outcome.report["verdict"] == "error"
    assert "gw1 was lost" in outcome.report["reason"]


def test_the_processes_keep_to_the_cap_as_a_whole(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        outcome = _pytest(drs_conform, "-n", "2", "--target", mock.url, "--max-requests", "11")
        record = httpx.get(f"{mock.url}/_mock/requests", trust_env=False).json()["requests"]

    assert outcome.code == 3
    assert outcome.report["requests"] == len(record) <= 11
    assert "--max-requests" in outcome.report["reason"]


def test_a_cap_that_cannot_be_shared_is_wrong_usage(drs_conform: CommandLine) -> None:
    outcome = _pytest(drs_conform, "-n", "3", "--max-requests", "2")

    assert outcome.code == 2
    assert outcome.err == "drs-conform: --max-requests: 2 are too few for 3 processes; lower -n\n"


def test_a_target_where_nobody_listens_is_unreachable_from_each(drs_conform: CommandLine) -> None:
    outcome = _pytest(drs_conform, "-n", "2", "--target", f"http://127.0.0.1:{unused_port()}")

    assert outcome.code == 4
    assert outcome.report["verdict"] == "unreachable"


def test_an_interrupt_ends_all_processes_and_leaves_a_report(drs_conform: CommandLine) -> None:
    with (
        EmbeddedServer() as mock,
        under_way(
            [*PYTEST, "-n", "2", "-s", "--target", mock.url, "--rate", "10"], drs_conform.environment(), ROOT
        ) as process,
    ):
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)

    report = json.loads(
        Path(drs_conform.environment()["DRS_REPORT_DIR"], "conformance.json").read_text(encoding="utf-8")
    )
    assert process.returncode == 130
    assert report["verdict"] == "interrupted"
    assert any(item["exercised"] for item in report["requirements"])
    assert "Traceback" not in err


def test_processes_do_not_log_in_each_by_itself(drs_conform: CommandLine) -> None:
    iam = ("--iam-user", "u", "--iam-password", "p", "--iam-domain", "d", "--iam-endpoint", "http://localhost")
    outcome = _pytest(drs_conform, "-n", "2", "--target", "http://localhost", *iam)

    assert outcome.code == 2
    assert "--token" in outcome.err


def test_processes_sign_alike(drs_conform: CommandLine) -> None:
    key = {"DRS_ACCESS_KEY": ACCESS_KEY, "DRS_SECRET_KEY": SECRET_KEY}
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        outcome = _pytest(drs_conform, "-n", "2", "--target", mock.url, "--only", "ERR-003", "AUTH", **key)

    assert outcome.broken == {"ERR-003"}
    assert outcome.requirement("ERR-003")["findings"][0]["repeats"]["broken"] == 1
