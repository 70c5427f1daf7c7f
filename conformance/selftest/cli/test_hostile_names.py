"""Nothing that a name, an argument or a variable holds reaches the terminal as it is."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.cli import main
from conformance.mock.__main__ import main as mock_main
from conformance.reports import files, render_finding, render_json
from conformance.selftest.support.reports.samples import REPORT
from conformance.spec.characters import COMMAND, hidden

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.selftest.support.command_line import CommandLine

NAME = "\x1b[31m\n\r\u202e\u3164\ufe0f\U000e0041 [bold]\udcff ::error:: ##[x]"

COMMANDS = {
    "diff": (["diff", "REPORT", "REPORT"], 0),
    "diff of nothing": (["diff", "REPORT", "MISSING"], 2),
    "diff of a directory": (["diff", "REPORT", "DIRECTORY"], 2),
    "diff in Markdown": (["diff", "--markdown", "REPORT", "REPORT"], 0),
    "matrix": (["matrix", "REPORT"], 0),
    "matrix with a link": (["matrix", "LINKED"], 0),
    "matrix twice": (["matrix", "REPORT", "REPORT"], 2),
    "matrix into a file": (["matrix", "REPORT", "--report-dir", "REPORT"], 2),
    "matrix of nothing": (["matrix", "MISSING"], 2),
    "replay": (["replay", "FINDING"], 2),
    "replay of nothing": (["replay", "MISSING"], 2),
    "replay with an odd option": (["replay", "FINDING", NAME], 2),
    "a run": (["--only", "ERR-003", "--report-dir", "DIRECTORY"], 0),
    "reports in a file": (["--report-dir", "REPORT"], 2),
    "known deviations": (["--known-deviations", "REPORT"], 2),
    "missing deviations": (["--known-deviations", "MISSING"], 2),
    "targets": (["--targets", "REPORT"], 2),
    "missing targets": (["--targets", "MISSING"], 2),
    "a token": (["--target", "https://a.example", "--project-id", "p", "--token-file", "MISSING"], 2),
    "a certificate": (["--ca-file", "MISSING"], 2),
    "the ledger": (["--target", "http://127.0.0.1:9", "--ready-job", "b", "--ledger", "REPORT"], 2),
    "an argument": ([NAME], 2),
    "a command": ([NAME, "x"], 2),
    "explain": (["--explain", NAME], 2),
    "only": (["--only", NAME], 2),
    "list": (["--list", "--only", NAME], 2),
    "a URL": (["--target", f"http://{NAME}"], 2),
    "a scheme": (["--target", NAME], 2),
    "a proxy": (["--proxy", NAME], 2),
    "a profile": (["--profile", NAME], 2),
    "a number": (["--seed", NAME], 2),
    "a batch": (["--ready-job", NAME], 2),
    "a project": (["--project-id", NAME], 2),
}


@pytest.fixture
def names(tmp_path: Path) -> dict[str, str]:
    directory = tmp_path / NAME
    directory.mkdir()
    report, finding = tmp_path / f"{NAME}.json", tmp_path / f"{NAME}-finding.json"
    report.write_text(render_json.render(REPORT), encoding="utf-8")
    item = REPORT.requirements[3]
    finding.write_text(render_finding.render(REPORT, item, item.findings[0]), encoding="utf-8")
    files.write(REPORT, directory)
    linked = directory / "conformance.json"
    paths = {
        "LINKED": linked,
        "REPORT": report,
        "FINDING": finding,
        "DIRECTORY": directory,
        "MISSING": directory / "missing",
    }
    return {word: str(path) for word, path in paths.items()}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("case", COMMANDS)
def test_no_command_prints_a_hidden_character(case: str, names: dict[str, str], drs_conform: CommandLine) -> None:
    arguments, code = COMMANDS[case]
    outcome = drs_conform(*(names.get(word, word) for word in arguments))

    assert outcome.code == code, outcome.err
    assert {c for c in outcome.out + outcome.err if hidden(c) and c != "\n"} == set()
    assert COMMAND.findall(outcome.out + outcome.err) == []
    assert outcome.out + outcome.err


@pytest.mark.parametrize(
    "arguments",
    [[NAME], ["--fault", NAME], ["--variant", NAME], ["--host", NAME], ["--port", NAME], ["--token", NAME]],
)
def test_the_mock_prints_no_hidden_character(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = mock_main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    output = capsys.readouterr()

    assert code == 2
    assert {c for c in output.out + output.err if hidden(c) and c != "\n"} == set()
    assert COMMAND.findall(output.out + output.err) == []


def test_an_exception_ends_a_command_with_70_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise OSError(f"S3cret {NAME}")

    monkeypatch.setattr(main, "run", fail)
    with pytest.raises(SystemExit) as ended:
        main.main([])

    assert ended.value.code == 70
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("drs-conform: the suite itself failed with OSError in test_hostile_names.py, line ")
    assert "S3cret" not in line


def test_a_closed_output_is_no_fault(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: object) -> int:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    monkeypatch.setattr(main, "run", fail)
    with pytest.raises(SystemExit) as ended:
        main.main([])

    assert ended.value.code == 0
    assert capsys.readouterr().err == ""
