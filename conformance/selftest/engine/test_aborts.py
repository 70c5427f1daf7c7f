"""Aborted runs and the reports that they leave."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.cli.check import handling_interrupts
from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.mock.settings import TOKEN
from conformance.reports import files
from conformance.selftest.support.processes import running
from conformance.selftest.support.servers import raw
from conformance.spec import catalogue
from conformance.target.connection import connect_dry_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reports.model import Report
    from conformance.selftest.support.command_line import CommandLine

NAMED = "0b7c1f0e-5d0a-4c55-9a51-3f2b1c0d4e5f"


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_server_that_does_not_speak_http_is_unreachable(answer: bytes, drs_conform: CommandLine) -> None:
    with raw(answer) as url:
        outcome = drs_conform("--target", url, "--timeout", "2")

    assert outcome.code == 4


def test_a_server_that_never_answers_is_unreachable(drs_conform: CommandLine) -> None:
    with raw(b"", close=False) as url:
        outcome = drs_conform("--target", url, "--timeout", "0.2")

    assert outcome.code == 4
    assert "no complete answer within 0.2 s" in outcome.out


def test_a_run_that_reaches_a_limit_is_inconclusive(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--max-requests", "10")

    assert outcome.code == 3
    assert outcome.report["requests"] == 10
    assert "--max-requests 10 is used up" in outcome.out.splitlines()[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_leaves_its_report_and_no_other_file(
    number: signal.Signals, drs_conform: CommandLine, tmp_path: Path
) -> None:
    drs_conform("--only", "ERR")
    (tmp_path / "tmp").mkdir()
    environment = drs_conform.environment(TMPDIR=str(tmp_path / "tmp"))
    with running(drs_conform.arguments("--rate", "20"), environment) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=60)

    report = json.loads((tmp_path / "reports" / "conformance.json").read_text(encoding="utf-8"))
    assert process.returncode == 130
    assert out.startswith("interrupted: ")
    assert report["verdict"] == "interrupted"
    assert "Traceback" not in err
    assert {file.name for file in (tmp_path / "reports").iterdir()} == set(files.RENDERERS)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_the_caller_ignores_is_ignored(number: signal.Signals) -> None:
    former = signal.signal(number, signal.SIG_IGN)
    try:
        with handling_interrupts(Run(Settings(), catalogue.load(), connect=connect_dry_run)):
            assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, former)


@pytest.mark.parametrize("program", ["drs-conform", "conformance"])
def test_a_removed_current_directory_is_wrong_usage(program: str, drs_conform: CommandLine, tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("drs-conform")
    command = [sys.executable, "-m", program] if program == "conformance" else [str(script)]
    gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'

    outcome = subprocess.run(
        ["sh", "-c", gone, "sh", *command, "--plan"],
        cwd=tmp_path,
        env=drs_conform.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert outcome.returncode == 2
    assert outcome.stderr == "drs-conform: the current directory does not exist any more; change to another one\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_interrupted_while_it_connects_leaves_its_report(
    number: signal.Signals, drs_conform: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals = [number]

    class InterruptedFuture(Future[object]):
        def result(self, timeout: float | None = None) -> object:
            if signals:
                signal.raise_signal(signals.pop())
            return super().result(timeout)

    monkeypatch.setattr("anyio.from_thread.Future", InterruptedFuture)
    outcome = drs_conform("--target", "http://127.0.0.1:1")

    assert outcome.code == 130
    assert outcome.report["verdict"] == "interrupted"


def test_a_suite_that_cannot_be_loaded_exits_with_its_own_code(drs_conform: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.py").write_text("raise RuntimeError('broken')", encoding="utf-8")

    outcome = drs_conform(PYTHONPATH=str(tmp_path))

    assert outcome.code == 70
    assert outcome.err.startswith("drs-conform: the suite itself failed with RuntimeError in schemathesis.py, line 1")


def _aborted(raising: Callable[[Run], object]) -> tuple[Run, Report]:
    """Return a run in which a scenario raises an exception, and its report."""
    settings = Settings(profile="safe", ready_jobs=(NAMED,))
    with Run(settings, catalogue.load(), connect=connect_dry_run) as run:
        with run.guarded("a scenario"):
            raising(run)
        list(run.events())
    return run, run.report()


def test_a_request_that_is_not_safe_stops_the_run() -> None:
    run, report = _aborted(lambda run: run.session.send(run.session.commit(NAMED)))

    assert report.exit_code == 5
    assert NAMED in report.reason
    assert run.sent == 1  # the preflight request


def test_an_unexpected_exception_is_a_fault_of_the_suite_and_shows_no_token() -> None:
    def fail(run: Run) -> None:
        raise LookupError(f"no {run.session.account.token}")

    _, report = _aborted(fail)

    assert report.exit_code == 70
    assert "LookupError" in report.reason
    assert TOKEN not in report.reason


def test_an_interrupt_in_a_scenario_ends_the_run() -> None:
    def interrupt(_run: Run) -> None:
        raise KeyboardInterrupt

    run, report = _aborted(interrupt)

    assert report.exit_code == 130
    assert run.sent == 1
