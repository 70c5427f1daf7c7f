"""Runs of several targets: the exit code, the output and the reports."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.cli import main
from conformance.cli.targets import results
from conformance.cli.targets.processes import Finished
from conformance.config.options import without_variables
from conformance.exchange.verdicts import Verdict
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import TOKEN, MockSettings
from conformance.reports import reading
from conformance.selftest.support.processes import running
from conformance.selftest.support.servers import holding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.selftest.support.command_line import CommandLine

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("codes", "interrupted", "verdict"),
    [
        ((0, 0), False, Verdict.CONFORMS),
        ((0, 3), False, Verdict.INCONCLUSIVE),
        ((3, 4), False, Verdict.UNREACHABLE),
        ((1, 3, 4), False, Verdict.VIOLATES),
        ((5, 1), False, Verdict.STOPPED),
        ((1, 5, 70), False, Verdict.ERROR),
        ((0, 2), False, Verdict.ERROR),
        ((0, -9), False, Verdict.ERROR),
        ((130, 70), False, Verdict.INTERRUPTED),
        ((0, 0), True, Verdict.INTERRUPTED),
    ],
)
def test_the_worst_verdict_is_the_verdict_on_all(
    codes: tuple[int, ...],
    interrupted: bool,  # noqa: FBT001 - a column of the table
    verdict: Verdict,
    tmp_path: Path,
) -> None:
    found = [results.read_result(Finished("north", code, ""), tmp_path) for code in codes]
    # Without a report, read_result() makes each of them an error; restore the verdict of the exit code.
    found = [
        results.TargetResult(item.name, results.BY_CODE.get(code, Verdict.ERROR), item.reason, None)
        for item, code in zip(found, codes, strict=True)
    ]

    assert results.worst(found, interrupted=interrupted) is verdict


def test_a_run_without_a_report_is_an_error_with_its_last_message(tmp_path: Path) -> None:
    found = results.read_result(Finished("north", 0, "[1/38] x\ndrs-conform: no room\x1b[0m\n"), tmp_path)

    assert found.verdict is Verdict.ERROR
    assert found.summary == r"error: the run ended with exit code 0: no room\x1b[0m"
    assert results.arrange_results([found]).missing == (("north", found.summary),)


def test_two_targets_are_checked_in_one_call(drs_conform: CommandLine, tmp_path: Path) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        text = f'[good]\n[faulty]\ntarget = "{mock.url}"\ntoken_env = "MOCK_TOKEN"\n'
        (tmp_path / "targets.toml").write_text(text, encoding="utf-8")
        ended = drs_conform(
            *("--targets", str(tmp_path / "targets.toml"), "--only", "ERR-003"),
            MOCK_TOKEN=TOKEN,
            DRS_TOKEN="S3cret-other",
        )

    directory = tmp_path / "reports"
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "violates: 1 of 2 targets conforms",
        "  good    conforms  1 requirement met",
        "  faulty  violates  1 requirement broken: ERR-003",
        "",
        f"report: {directory / 'matrix.html'}",
    ]
    assert sorted(ended.err.splitlines()) == [
        "faulty: violates: 1 requirement broken: ERR-003",
        "good: conforms: 1 requirement met",
    ]
    assert reading.load(directory / "faulty" / "conformance.json").verdict is Verdict.VIOLATES
    written = {path.name: path.read_text(encoding="utf-8") for path in directory.rglob("*") if path.is_file()}
    assert {"matrix.html", "matrix.md", "conformance.json", "report.html"} <= written.keys()
    assert not any(secret in text for text in written.values() for secret in (TOKEN, "S3cret"))


def test_an_interrupt_ends_all_runs_and_each_writes_its_report(drs_conform: CommandLine, tmp_path: Path) -> None:
    with (
        holding() as (slow, slow_called),
        holding() as (slower, slower_called),
        # It ends only after the others have sent a request, so its result shows that they are running.
        holding(slow_called, slower_called) as (first, _),
    ):
        text = f'[slow]\ntarget = "{slow}"\n[first]\ntarget = "{first}"\n[slower]\ntarget = "{slower}"\n'
        (tmp_path / "targets.toml").write_text(text, encoding="utf-8")
        arguments = drs_conform.arguments("--targets", str(tmp_path / "targets.toml"), "--timeout", "60")
        with running(arguments, drs_conform.environment()) as process:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out.startswith("interrupted: 0 of 3 targets conform\n")
    assert "Traceback" not in err
    for name in ("slow", "slower"):
        assert reading.load(tmp_path / "reports" / name / "conformance.json").verdict is Verdict.INTERRUPTED
    assert "slower" in (tmp_path / "reports" / "matrix.md").read_text(encoding="utf-8")


COMBINED_WITH_TARGETS: dict[str, tuple[tuple[str, ...], Mapping[str, str], str]] = {
    "target": (("--target", "http://localhost"), {}, "--target, --targets"),
    "target in the environment": ((), {"DRS_TARGET": "http://localhost"}, "DRS_TARGET, --targets"),
    "token": (("--token", "S3cret"), {}, "--token, --targets"),
    "batches in the environment": ((), {"DRS_READY_JOBS": "a"}, "DRS_READY_JOBS, --targets"),
    "plan": (("--plan",), {}, "--plan"),
    "bad number": (("--rate", "fast"), {}, "--rate: 'fast'"),
    "empty variable": ((), {"DRS_SEED": ""}, "DRS_SEED"),
    "no file": (("--targets", "no-such.toml"), {}, "no-such.toml"),
    "empty name of the file": ((), {"DRS_TARGETS": ""}, "DRS_TARGETS"),
}


@pytest.mark.parametrize("case", COMBINED_WITH_TARGETS)
def test_options_of_one_target_are_refused_with_several(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, variables, named = COMBINED_WITH_TARGETS[case]
    path = tmp_path / "targets.toml"
    path.write_text("[north]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in os.environ.keys() - without_variables(os.environ).keys():
        monkeypatch.delenv(name)
    for name, value in {"DRS_TARGETS": str(path), **variables}.items():
        monkeypatch.setenv(name, value)

    try:
        code: object = main.run(arguments)
    except SystemExit as ended:
        code = ended.code

    output = capsys.readouterr()
    message = output.err.splitlines()[-1]
    assert code == 2
    assert message.startswith("drs-conform: ")
    assert named in message
    assert output.out == ""
    assert "S3cret" not in output.err


def test_make_passes_the_file_of_targets() -> None:
    process = subprocess.run(
        ["make", "-pn", "conform", "TARGETS=my.toml"],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "DRS_TARGETS := my.toml" in process.stdout
