"""The files of a report are all written, or none is."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from conformance.exchange.verdicts import Verdict
from conformance.reports import files
from conformance.reports.model import Report
from conformance.selftest.support.command_line import CommandLine
from conformance.selftest.support.reports.samples import REPORT
from conformance.selftest.support.reports.strategies import PROPERTY, reports

NAMES = ["badge.json", "conformance.json", "junit.xml", "report.html", "report.sarif", "summary.md"]
FINDINGS = ["findings/ERR-003.json", "findings/REQ-002.json"]
ALL = sorted(NAMES + FINDINGS)


def contents(directory: Path) -> dict[str, str]:
    paths = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    return {path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_every_format_is_written_and_nothing_else(tmp_path: Path) -> None:
    files.write(REPORT, tmp_path / "a" / "b")
    assert sorted(contents(tmp_path / "a" / "b")) == ALL


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_the_umask_says_who_may_read_the_files(umask: int, mode: int, tmp_path: Path) -> None:
    former = os.umask(umask)
    try:
        files.write(REPORT, tmp_path)
    finally:
        os.umask(former)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {mode}


def test_a_symbolic_link_in_the_place_of_the_findings_is_not_followed(tmp_path: Path) -> None:
    reports, elsewhere = tmp_path / "reports", tmp_path / "elsewhere"
    files.write(REPORT, elsewhere)
    before = contents(elsewhere)
    reports.mkdir()
    (reports / "findings").symlink_to(elsewhere / "findings")

    with pytest.raises(OSError, match="findings is a symbolic link"):
        files.remove(reports)
    with pytest.raises(files.UnwrittenError, match="findings is a symbolic link"):
        files.write(replace(REPORT, reason="another"), reports)

    assert contents(elsewhere) == before


def test_a_link_in_the_current_directory_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    files.write(REPORT, elsewhere)
    monkeypatch.chdir(tmp_path)
    Path("reports").symlink_to(elsewhere)

    with pytest.raises(OSError, match="reports is a symbolic link"):
        files.remove(Path("reports"))
    assert contents(elsewhere)
    files.remove((tmp_path / "reports").absolute())
    assert contents(elsewhere) == {}


@pytest.mark.parametrize("directory", ["reports", "reports/within"])
@pytest.mark.parametrize(
    "arguments", [[], ["--plan"], ["--targets", "t.toml"], ["matrix", "elsewhere/a/conformance.json"]], ids=str
)
def test_no_command_follows_a_link_in_the_current_directory(
    arguments: list[str], directory: str, drs_conform: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "within", "within/a"):
        files.write(REPORT, Path("elsewhere", name))
        Path("elsewhere", name).with_name("matrix.html").touch()
    Path("reports").symlink_to("elsewhere")
    Path("t.toml").write_text('[a]\nonly = ["ERR-003"]\n', encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    before = contents(elsewhere)
    changed = elsewhere.stat().st_mtime_ns

    outcome = drs_conform(*arguments, DRS_REPORT_DIR=directory)

    assert outcome.code == 2
    assert "reports is a symbolic link" in outcome.err
    assert contents(elsewhere) == before
    assert elsewhere.stat().st_mtime_ns == changed


def test_only_files_that_a_run_writes_are_removed(tmp_path: Path) -> None:
    own = ["findings/ABC-123.json.notes", ".report.html.swp", "findings/.ABC-123.json.mine"]
    left = [".report.html.0123456789abcdef", "findings/ABC-123-2.json", "findings/.ABC-123.json.0123456789abcdef"]
    (tmp_path / "findings").mkdir()
    for name in own + left:
        (tmp_path / name).touch()

    files.remove(tmp_path)

    assert [name for name in own + left if (tmp_path / name).exists()] == own


def test_a_symbolic_link_in_the_place_of_a_report_is_replaced(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine", encoding="utf-8")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "summary.md").symlink_to(other)

    files.write(REPORT, tmp_path / "reports")

    assert other.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "reports" / "summary.md").is_symlink()


def test_a_second_report_replaces_the_first(tmp_path: Path) -> None:
    files.write(REPORT, tmp_path)
    before = contents(tmp_path)
    files.write(replace(REPORT, verdict=Verdict.CONFORMS, reason="5 requirements met", seconds=3.5), tmp_path)
    after = contents(tmp_path)
    assert sorted(after) == ALL
    assert [name for name in NAMES if before[name] == after[name]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_format_that_cannot_be_rendered_leaves_the_files_of_the_last_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(REPORT, tmp_path)
    before = contents(tmp_path)

    def fail(report: Report) -> str:
        raise RuntimeError(report.reason)

    monkeypatch.setitem(files.RENDERERS, name, fail)
    with pytest.raises(RuntimeError, match="another"):
        files.write(replace(REPORT, reason="another"), tmp_path)
    assert contents(tmp_path) == before


def test_a_failed_replacement_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "report.html" / "in-the-way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"report\.html"):
        files.write(REPORT, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES, "findings"}


def test_only_the_files_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    files.write(REPORT, tmp_path)
    own = {
        "notes.txt": "mine",
        "findings/ERR-003.md": "mine",
        "findings/.ERR-003": "mine",
        "findings/err-003.json": "mine",
    }
    for name in (*own, "findings/ERR-003-2.json", "findings/.ERR-004.json.0123456789abcdef"):
        (tmp_path / name).write_text("mine", encoding="utf-8")

    files.remove(tmp_path)

    assert contents(tmp_path) == own


def test_no_empty_directory_is_left(tmp_path: Path) -> None:
    files.write(REPORT, tmp_path)
    files.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_finding_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "findings").write_text("in the way", encoding="utf-8")
    with pytest.raises(files.UnwrittenError, match=r"findings/REQ-002\.json, findings/ERR-003\.json could"):
        files.write(REPORT, tmp_path)
    assert sorted(contents(tmp_path)) == sorted([*NAMES, "findings"])


@PROPERTY
@given(reports())
def test_every_format_can_be_written_as_utf_8(report: Report) -> None:
    for render in files.RENDERERS.values():
        text = render(report)
        assert text.encode().decode() == text
