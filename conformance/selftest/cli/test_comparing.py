"""`drs-conform diff` and `drs-conform matrix`: their output, and wrong usage."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.cli import main
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports import files, render_json
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reports.model import Report
    from conformance.selftest.support.command_line import CommandLine

GOOD = replace(
    REPORT,
    verdict=Verdict.CONFORMS,
    reason="1 requirement met",
    requirements=(requirement("ERR-003", "MUST", RequirementVerdict.PASS),),
)
BAD = replace(
    GOOD,
    verdict=Verdict.VIOLATES,
    requirements=(requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (FAILURE,)),),
)
UNJUDGED = replace(
    REPORT,
    verdict=Verdict.CONFORMS,
    requirements=(requirement("ERR-003", "MUST", RequirementVerdict.SKIPPED, reason="needs --failed-job"),),
)


def file(path: Path, report: Report = REPORT) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(render_json.render(report), encoding="utf-8")
    return str(path)


OUTCOMES = {
    "the same": (GOOD, GOOD, 0, "no difference"),
    "broken": (GOOD, BAD, 1, "worse: 1 requirement and the verdict"),
    "fixed": (BAD, GOOD, 0, "nothing is worse: 1 better, verdict changed"),
    "not checked": (GOOD, UNJUDGED, 1, "worse: 1 requirement"),
    "not selected": (REPORT, BAD, 1, "worse: 1 requirement"),
    "checked again": (UNJUDGED, GOOD, 0, "nothing is worse: 1 better"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_the_exit_code_is_1_if_anything_is_worse(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, code, first = OUTCOMES[case]
    paths = [file(tmp_path / "old.json", old), file(tmp_path / "new.json", new)]

    assert main.run(["diff", *paths]) == code
    assert capsys.readouterr().out.splitlines()[0] == first
    assert main.run(["diff", "--markdown", *paths]) == code
    assert capsys.readouterr().out.splitlines()[0] == f"## DRS conformance: {first}"


WRONG_USAGE = {
    "one report": (["diff", "report.json"], "NEW"),
    "three reports": (["diff", "report.json", "report.json", "report.json"], "unrecognized"),
    "missing report": (["diff", "report.json", "no-such.json"], "no-such.json"),
    "directory": (["diff", "report.json", "."], "cannot be read"),
    "other format": (["diff", "report.json", "format-2.json"], "format-2.json: is not a report of format 1"),
    "not a report": (["diff", "badge.json", "report.json"], "badge.json: is not a report"),
    "misspelt option": (["diff", "--markdwon", "report.json", "report.json"], "--markdwon"),
    "misspelt command": (["dif", "report.json", "report.json"], "dif"),
    "matrix of nothing": (["matrix"], "FILE"),
    "matrix with a file that is not a report": (["matrix", "report.json", "badge.json"], "badge.json: is not a report"),
    "matrix of one report twice": (["matrix", "report.json", "./report.json"], "twice"),
    "matrix into a file": (["matrix", "report.json", "--report-dir", "report.json"], "--report-dir"),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_prints_one_line_and_exits_with_2(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file(tmp_path / "report.json")
    (tmp_path / "format-2.json").write_text(json.dumps({"format": 2}), encoding="utf-8")
    (tmp_path / "badge.json").write_text(json.dumps({"schemaVersion": 1}), encoding="utf-8")
    arguments, named = WRONG_USAGE[case]

    with pytest.raises(SystemExit) as ended:
        main.main(arguments)

    output = capsys.readouterr()
    message = output.err.splitlines()[-1]
    assert ended.value.code == 2
    assert message.startswith("drs-conform")
    assert named in message
    assert output.out == ""


def test_a_matrix_is_written_and_names_targets_by_the_parts_of_their_paths_that_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [file(tmp_path / place / "conformance.json") for place in ("north", "south")]
    paths.append(file(tmp_path / "v1.2.json", GOOD))
    files.write(REPORT, tmp_path / "north")

    assert main.run(["matrix", *paths, "--report-dir", str(tmp_path / "all")]) == 0

    assert capsys.readouterr().out == f"1 of 3 targets conforms\nreport: {tmp_path / 'all' / 'matrix.html'}\n"
    assert "| north | south | v1.2 |" in (tmp_path / "all" / "matrix.md").read_text(encoding="utf-8")
    page = (tmp_path / "all" / "matrix.html").read_text(encoding="utf-8")
    assert 'href="../north/report.html"' in page
    assert "south/report.html" not in page


def test_the_commands_are_in_the_help_and_have_their_own_help(drs_conform: CommandLine) -> None:
    assert f"drs-conform {'|'.join(main.COMMANDS)} --help" in drs_conform("--help").out
    for command in main.COMMANDS:
        outcome = drs_conform(command, "--help")
        assert outcome.code == 0
        assert outcome.out.startswith(f"usage: drs-conform {command} ")
        assert "exit codes: 0 " in outcome.out


def test_a_closed_standard_output_does_not_change_the_exit_code(drs_conform: CommandLine, tmp_path: Path) -> None:
    paths = [file(tmp_path / "old.json", GOOD), file(tmp_path / "new.json")]

    assert drs_conform.with_closed_output("diff", *paths) == (1, "")
