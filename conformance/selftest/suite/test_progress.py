"""What a run shows while it goes on: on a terminal, and where there is none."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from rich.text import Text

from conformance.display import Display
from conformance.progress import StatusConsole
from conformance.selftest.suite.terminals import terminal
from conformance.server.embedded import EmbeddedServer
from conformance.server.settings import MockSettings
from conformance.stimuli.typical import REQUESTS

if TYPE_CHECKING:
    from conformance.selftest.suite.conftest import CommandLine

COLOURS = re.compile(r"\x1b\[(?:[0-9]*;)*(?:[349][0-9]|10[0-7])[;m]")
CARETS = re.compile(r"^ +\^+$", re.MULTILINE)
STIMULUS = re.compile(rf"\[[0-9]+/{len(REQUESTS)}\] [a-z-]+\n[0-9]+ requests?")
FAULTY = MockSettings(faults=("error-code-11",))


@pytest.mark.parametrize("columns", [80, 40])
def test_a_terminal_shows_what_is_sent_and_how_fast_and_nothing_of_it_afterwards(
    columns: int, drs_conform: CommandLine
) -> None:
    with terminal(drs_conform.arguments("--only", "ERR", "--rate", "5"), drs_conform.environment(), columns) as shown:
        code = shown.end()

    display = re.compile(r"\[3/3\] unknown-batches\n[89] requests, [0-9.]+/s")
    assert code == 0
    assert any(text.startswith("connecting to the built-in mock") for text in shown.seen)
    assert any(display.match(text) for text in shown.seen)
    assert shown.text.startswith("conforms: ")
    assert "[3/3]" not in shown.text
    assert "/s" not in shown.text


def test_a_finding_is_told_at_once_and_in_the_end_with_its_marks(drs_conform: CommandLine) -> None:
    with (
        EmbeddedServer(FAULTY) as mock,
        terminal(
            drs_conform.arguments("--only", "ERR-003", "--target", mock.url), drs_conform.environment(), 100
        ) as shown,
    ):
        code = shown.end()

    first, second, *_ = shown.text.splitlines()
    assert code == 1
    assert first == "first breach, after 1 request: ERR-003 error_code has exactly 12 characters"
    assert second == "violates: 1 requirement broken: ERR-003"
    assert COLOURS.search(shown.output)
    assert '\x1b[1;4m"DRS.1000001"\x1b[0m' in shown.output
    assert not CARETS.search(shown.text)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_that_is_to_be_plain_gets_lines(variables: dict[str, str], drs_conform: CommandLine) -> None:
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
    assert "[1/1] unknown-batches: requests: 3, broken so far: 1" in shown.text.splitlines()
    assert not COLOURS.search(shown.output)
    assert ("\x1b" in shown.output) == ("TERM" not in variables)
    assert bool(CARETS.search(shown.text)) == ("TERM" in variables)


def test_an_interrupted_run_leaves_the_terminal_as_it_was(drs_conform: CommandLine) -> None:
    with terminal(drs_conform.arguments("--rate", "5"), drs_conform.environment(), 80) as shown:
        shown.wait_for(lambda text: STIMULUS.match(text) is not None)
        shown.resize(30)
        shown.wait_for(lambda text: STIMULUS.match(text) is not None)
        shown.process.send_signal(signal.SIGINT)
        code = shown.end()

    assert code == 130
    assert shown.text.startswith("interrupted: what had been\n")
    assert f"/{len(REQUESTS)}]" not in shown.text
    assert not shown.screen.cursor.hidden
    assert "\x1b[?25l" not in shown.output


def test_without_a_terminal_there_are_no_escapes_even_if_colours_are_forced(drs_conform: CommandLine) -> None:
    plain = drs_conform("--only", "ERR-003", FORCE_COLOR="")
    forced = drs_conform("--only", "ERR-003", FORCE_COLOR="1")

    assert "\x1b" not in plain.out + plain.err
    assert "[1/1] unknown-batches: requests: 3, broken so far: 0\n" in plain.err
    assert "\x1b" not in forced.err


def test_a_closed_standard_error_does_not_change_the_verdict(drs_conform: CommandLine) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        process = subprocess.run(  # noqa: S603 - our own program
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


class _Unplugged(io.StringIO):
    """A terminal that has gone."""

    def write(self, _text: str) -> int:
        raise OSError(5, "Input/output error")


def test_a_terminal_that_has_gone_is_no_longer_written_to() -> None:
    asked: list[Text] = []

    def lines() -> Text:
        asked.append(Text("line"))
        return asked[-1]

    with Display(StatusConsole(file=_Unplugged(), force_terminal=True), lines) as display:
        display.refresh()
        before = len(asked)
        display.refresh()

    assert len(asked) == before
