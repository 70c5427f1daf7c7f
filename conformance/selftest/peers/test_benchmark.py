"""Tests that the contenders of the benchmark commit batches, and tests of the turns and the table."""

import os
import sysconfig
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.selftest.support.mock_client import MockClient
from scripts.benchmark import client
from scripts.benchmark.__main__ import main
from scripts.benchmark.installations import ROOT, Installation
from scripts.benchmark.processes import Contender, ProcessError
from scripts.benchmark.table import Goal, Measurement, render
from scripts.benchmark.turns import take_turns

# The packages of .venv, where the client is an editable installation.
INSTALLED = Installation(Path(sysconfig.get_path("purelib") + os.pathsep + str(ROOT / "generated")), "all")


def test_each_contender_commits_the_given_batches(mock: MockClient, tmp_path: Path) -> None:
    functions = sorted({*client.ONE_CALLER.values(), *client.MANY_CALLERS.values()})
    with ExitStack() as stack:
        contenders = [
            stack.enter_context(Contender(function, INSTALLED, mock.server.url, tmp_path)) for function in functions
        ]
        for contender in contenders:
            batches = [mock.make() for _ in range(2)]
            result = contender.commit([batches])
            assert {mock.status(batch) for batch in batches} == {"COMMIT_SUCCESS"}
            assert len(result.seconds) == len(result.work) == 1
            assert result.peak > 10_000


def test_a_contender_that_does_not_commit_is_an_error(mock: MockClient, tmp_path: Path) -> None:
    with (
        Contender("plain.by_header", INSTALLED, mock.server.url, tmp_path) as contender,
        pytest.raises(ProcessError, match=r"plain\.by_header ended unexpectedly"),
    ):
        contender.commit([["unknown"]])


def test_contenders_alternate_in_each_round_and_none_is_always_first() -> None:
    order: list[str] = []

    def turn(name: str) -> int:
        order.append(name)
        return len(order)

    results = take_turns({"a": lambda: turn("a"), "b": lambda: turn("b")}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert results == {"a": [1, 4, 5], "b": [2, 3, 6]}


def test_the_table_has_ratios_and_goals() -> None:
    figures = {"httpx": 2.0, "client": 2.1, "SDK": 4.0}
    goals = [Goal("client", "httpx", 1.05), Goal("client", "SDK", 0.5)]
    assert render([Measurement("a call, ms", figures, 2, goals)], ["httpx", "SDK"]).splitlines() == [
        "          figure  x httpx  x SDK  goals",
        "a call, ms",
        "  httpx     2.00     1.00   0.50",
        "  client    2.10     1.05   0.53  met: at most 1.05 x httpx, missed: at most 0.50 x SDK",
        "  SDK       4.00     2.00   1.00",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--calls", "1001"], "argument --calls: '1001' is more than the maximum of 1000"),
        (["--rounds", "0"], "argument --rounds: '0' is not a whole number of at least 1"),
    ],
)
def test_an_invalid_option_is_refused(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(options)
    assert raised.value.code == 2
    assert message in capsys.readouterr().err
