"""Tests of the benchmark: it runs with one turn of each contender, and its turns and its table."""

import re
from pathlib import Path

import pyperf
import pytest

from scripts.benchmark.__main__ import main
from scripts.benchmark.turns import print_table, take_turns, turn_of_command
from scripts.environment import CommandError


def rows(output: str) -> dict[str, list[str]]:
    """Return the names of the contenders in each table."""
    tables: dict[str, list[str]] = {}
    title = ""
    for line in output.splitlines():
        if line.startswith("  "):
            tables[title].append(line[2:34].strip())
        else:
            title = line
            tables[title] = []
    return {title: names for title, names in tables.items() if names}


def test_the_client_is_compared_with_httpx_and_the_sdk(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "client", "--rounds", "1"]) == 0
    output = capsys.readouterr().out
    libraries = ["httpx", "client", "SDK"]
    one = ["httpx", "httpx with an Auth", "client, TokenAuth", "client, AccessKeyAuth", "SDK"]
    many = ["httpx", "client, TokenAuth", "client, AccessKeyAuth", "SDK", "SDK's futures"]
    assert list(rows(output).values()) == [*[libraries] * 4, one, one, many, many]
    assert re.search(r"httpx is httpx 0\.\S+; client is drs-batch-client 1\S+; SDK is huaweicloudsdkdrs 3\S+", output)
    assert output.count(": at most 1.05) ") == 2


def test_the_suite_is_compared_with_schemathesis(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "suite", "--runs", "1", "--faults", "1"]) == 0
    output = capsys.readouterr().out
    contenders = ["drs-conform", "Schemathesis as it is", "Schemathesis prepared"]
    assert rows(output) == {"a run, median of 1": contenders, "requests": contenders}
    assert re.search(r"^Schemathesis prepared detects [01] of 1 faults", output, re.MULTILINE)


def test_contenders_alternate_in_each_round_and_none_is_always_first() -> None:
    order: list[str] = []

    def turn(name: str) -> pyperf.Benchmark:
        order.append(name)
        return pyperf.Benchmark([pyperf.Run([float(len(order))], metadata={"name": name}, collect_metadata=False)])

    medians = take_turns("calls", {"a": lambda: turn("a"), "b": lambda: turn("b")}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert medians == {"a": 4, "b": 3}  # of 1, 4, 5 and of 2, 3, 6


def test_a_command_that_fails_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="exit code 3"):
        turn_of_command("sh", "-c", "exit 3", directory=tmp_path)


def test_the_memory_of_a_command_is_measured_in_bytes(tmp_path: Path) -> None:
    assert turn_of_command("--track-memory", "sh", "-c", ":", directory=tmp_path).get_unit() == "byte"


def test_the_table_has_ratios_and_goals(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"client": 2.1, "SDK": 4.0}
    print_table(
        "a call", figures, "{:.2f} ms".format, ["SDK", "client"], {("client", "SDK"): 0.5, ("SDK", "client"): 2}
    )
    assert capsys.readouterr().out.splitlines() == [
        "a call",
        "  client                             2.10 ms   0.53 x SDK (missed: at most 0.50)   1.00 x client",
        "  SDK                                4.00 ms   1.00 x SDK   1.90 x client (met: at most 2.00)",
    ]


def test_an_invalid_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--rounds", "0"])
    assert raised.value.code == 2
    assert "argument --rounds: '0' is not a whole number of at least 1" in capsys.readouterr().err
