"""The progress of a run, with and without a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from conformance.cli.progress import Progress
from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.requirements import SCENARIOS
from conformance.requirements.scenario_registry import PHASES
from conformance.selftest.support.terminals import terminal
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine

COLOURS = re.compile(r"\x1b\[(?:[0-9]*;)*(?:[349][0-9]|10[0-7])[;m]")
CARETS = re.compile(r"^ +\^+$", re.MULTILINE)
COUNT = len(SCENARIOS) + len(PHASES)
LINE = re.compile(rf"\[[0-9]+/{COUNT}\] [a-z-]+")
FAULTY = MockSettings(faults=("error-code-11",))


@pytest.mark.parametrize("columns", [80, 40])
def test_a_terminal_shows_the_progress_and_removes_it_at_the_end(columns: int, drs_conform: CommandLine) -> None:
    with terminal(drs_conform.arguments("--only", "ERR", "--rate", "5"), drs_conform.environment(), columns) as shown:
        code = shown.end()

    line = re.compile(r"\[([0-9])/\1\] [a-z-]+ .*[0-9] requests" if columns == 80 else r"\[([0-9])/\1\] ")
    assert code == 0
    assert any(text.startswith("connecting to") for text in shown.seen)
    assert any(line.match(text) for text in shown.seen)
    assert shown.text.startswith("conforms: ")
    assert not re.search(r"\[[0-9]/[0-9]\]", shown.text)


def test_the_first_violation_is_printed_at_once_and_at_the_end_with_its_marks(drs_conform: CommandLine) -> None:
    with (
        EmbeddedServer(FAULTY) as mock,
        terminal(
            drs_conform.arguments("--only", "ERR-003", "--target", mock.url), drs_conform.environment(), 100
        ) as shown,
    ):
        code = shown.end()

    first, second, *_ = shown.text.splitlines()
    assert code == 1
    assert first == "first violation, after 1 request: ERR-003 error_code has exactly 12 characters"
    assert second == "violates: 1 requirement broken: ERR-003"
    assert COLOURS.search(shown.output)
    assert '\x1b[1;4m"DRS.1000001"\x1b[0m' in shown.output
    assert not CARETS.search(shown.text)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_plain_terminal_gets_lines(variables: dict[str, str], drs_conform: CommandLine) -> None:
    with (
        EmbeddedServer(FAULTY) as mock,
        terminal(
            drs_conform.arguments("--only", "ERR-003", "--target", mock.url),
            drs_conform.environment(),
            100,
            **variables,
        ) as shown,
    ):
        code = shown.end()

    assert code == 1
    assert "[1/1] unknown-batches: 3 requests, 1 violation so far" in shown.text.splitlines()
    assert not COLOURS.search(shown.output)
    assert ("\x1b" in shown.output) == ("TERM" not in variables)
    assert bool(CARETS.search(shown.text)) == ("TERM" in variables)


def test_an_interrupted_run_restores_the_terminal(drs_conform: CommandLine) -> None:
    with terminal(drs_conform.arguments("--rate", "5"), drs_conform.environment(), 80) as shown:
        shown.wait_for(lambda text: LINE.match(text) is not None)
        shown.resize(30)
        shown.wait_for(lambda text: LINE.match(text) is not None)
        shown.process.send_signal(signal.SIGINT)
        code = shown.end()

    assert code == 130
    assert shown.text.startswith("interrupted: the report has\n")
    assert f"/{COUNT}]" not in shown.text
    assert not shown.screen.cursor.hidden
    assert "\x1b[?25l" not in shown.output


def test_progress_without_a_terminal_has_no_escapes_even_if_colours_are_forced(drs_conform: CommandLine) -> None:
    plain = drs_conform("--only", "ERR-003", FORCE_COLOR="")
    forced = drs_conform("--only", "ERR-003", FORCE_COLOR="1")

    assert "\x1b" not in plain.out + plain.err
    assert "[1/1] unknown-batches: 3 requests, 0 violations so far\n" in plain.err
    assert "\x1b" not in forced.err


def test_a_closed_standard_error_does_not_change_the_verdict(drs_conform: CommandLine) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        process = subprocess.run(
            drs_conform.arguments("--only", "ERR-003"),
            env=drs_conform.environment(),
            stdout=subprocess.PIPE,
            stderr=closed,
            text=True,
            check=False,
            timeout=60,
        )

    assert process.stdout.startswith("conforms: ")
    assert process.returncode == 0


class _DisconnectedTerminal:
    """A terminal whose connection was closed."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, _text: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_a_disconnected_terminal_does_not_abort_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", _DisconnectedTerminal())
    run = Run(Settings(only=("ERR-003",)), catalogue.load())
    progress = Progress(run)

    with progress.shown(), run:
        for event in run.events():
            progress.show(event)

    assert run.abort is None
    assert run.sent > 1
