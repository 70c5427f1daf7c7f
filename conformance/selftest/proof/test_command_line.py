"""The command line of the proof, and the documents that it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.mock.faults import FAULTS
from conformance.proof import __main__ as command_line
from conformance.proof import determinism, render_json, render_markdown, report
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.false_positives import PLAIN_MOCK, ServerRun
from conformance.proof.mutation import MutationResult
from conformance.proof.results import SECTIONS, Proof
from conformance.proof.runs import Mutation, PlannedRun, SuiteRun
from conformance.selftest.support.sample_runs import (
    EXPECTED,
    FAULT,
    MUST,
    REPORT,
    correct_run,
    fault_run,
    perform_correctly,
    suite_run,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PUBLISHED = command_line.DOCUMENTS


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory that the command line writes to; all runs have the correct result."""
    monkeypatch.setattr(command_line, "DOCUMENTS", tmp_path)
    monkeypatch.setattr(command_line, "perform_all", perform_correctly)
    monkeypatch.setattr(determinism, "repeat_all", lambda *_, **__: determinism.compare([REPORT, REPORT]))
    return tmp_path


def _perform_without_effect_of_fault(planned: Sequence[PlannedRun], **_: object) -> list[SuiteRun]:
    """Return the results if one fault has no effect."""
    return [suite_run() if job.fault == FAULT else correct_run(job) for job in planned]


def test_a_proof_writes_both_documents(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--seeds", "2"]) == 0

    page = (documents / "proof.md").read_text(encoding="utf-8")
    figures = json.loads((documents / "proof.json").read_text(encoding="utf-8"))
    runs = len(CONFORMING_SERVERS)
    assert sorted(path.name for path in documents.iterdir()) == ["proof.json", "proof.md"]
    assert capsys.readouterr().out.startswith("proven\n")
    assert f"| faults detected | {len(FAULTS)} of {len(FAULTS)} (100.0%) |" in page
    assert "## Problems" not in page
    assert figures["proven"]
    assert figures["false_alarms"] == {"alarms": 0, "runs": runs, "upper_bound": 3 / runs}
    for name in FAULTS:
        assert f"| `{name}` |" in page


def test_the_published_page_is_rendered_from_the_published_figures() -> None:
    figures = json.loads((PUBLISHED / "proof.json").read_text(encoding="utf-8"))

    assert (PUBLISHED / "proof.md").read_text(encoding="utf-8") == render_markdown.render(figures), (
        "run python -m conformance.proof --render"
    )


def test_render_writes_the_same_page_as_the_proof_without_a_run(
    documents: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command_line.main(["--seeds", "2"])
    page, figures = ((documents / name).read_bytes() for name in ("proof.md", "proof.json"))
    (documents / "proof.md").unlink()
    monkeypatch.delattr(command_line, "perform_all")

    assert command_line.main(["--render"]) == 0
    assert capsys.readouterr().out.endswith("written: proof.md\n")
    assert (documents / "proof.md").read_bytes() == page
    assert (documents / "proof.json").read_bytes() == figures


def test_the_matrix_has_a_row_for_each_requirement_and_a_column_for_each_fault(documents: Path) -> None:
    command_line.main(["--seeds", "1"])

    matrix = json.loads((documents / "proof.json").read_text(encoding="utf-8"))["matrix"]
    assert matrix["faults"] == list(FAULTS)
    for key, row in matrix["rows"].items():
        assert row == "".join("+" if key in fault.breaks else "." for fault in FAULTS.values())


def test_the_same_proof_is_written_identically(documents: Path) -> None:
    proof = Proof(
        fault_runs=(fault_run(suite_run(*EXPECTED)),),
        server_runs=(ServerRun(PLAIN_MOCK, 1, suite_run()),),
        mutations=(
            MutationResult(Mutation(MUST, "dropped"), FAULT, "x", 1),
            MutationResult(Mutation(MUST, "negated"), PLAIN_MOCK, "x", 1),
        ),
        repetition=determinism.compare([REPORT]),
    )
    written = []
    for _ in range(2):
        report.write(proof, documents)
        written.append([(documents / name).read_bytes() for name in ("proof.md", "proof.json")])

    assert written[0] == written[1]


def test_problems_come_first(
    documents: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "perform_all", _perform_without_effect_of_fault)

    assert command_line.main(["--seeds", "1"]) == 1

    problem = f"fault {FAULT}, seed 1: not reported: {', '.join(EXPECTED)}"
    page = (documents / "proof.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith(problem)
    assert page.index(problem) < page.index("## Faults")
    assert page.index("## Faults") < page.index(f"| `{FAULT}` |") < page.index("| yes |")
    assert not json.loads((documents / "proof.json").read_text(encoding="utf-8"))["proven"]


def test_the_documents_do_not_contain_the_output_of_a_run() -> None:
    crashed = fault_run(SuiteRun(None, trouble="died with 1: \nFile /home/somebody/file.py"))
    document = render_json.document(Proof(fault_runs=(crashed,)))

    assert "somebody" not in json.dumps(document)
    assert "died with 1" in json.dumps(document)


@pytest.mark.parametrize("arguments", [["--check"], ["--only", "faults"], ["--skip", "servers"], ["--faults", FAULT]])
def test_a_part_of_the_proof_is_not_written(
    arguments: list[str], documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["--seeds", "1", *arguments]) == 0
    assert "nothing was written" in capsys.readouterr().out
    assert list(documents.iterdir()) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_can_be_run_alone(section: str, documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--seeds", "1", "--only", section]) == 0
    assert capsys.readouterr().out.startswith("proven\n")
    assert list(documents.iterdir()) == []


def test_a_thorough_proof_runs_each_fault_with_several_seeds(
    documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["--thorough", "--faults", FAULT]) == 0
    assert "faults detected: 5 of 5" in capsys.readouterr().out
    assert list(documents.iterdir()) == []


def test_ctrl_c_does_not_change_the_documents(
    documents: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> list[SuiteRun]:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "perform_all", interrupted)
    (documents / "proof.md").write_text("as it was", encoding="utf-8")

    assert command_line.main([]) == 130
    assert "nothing was written" in capsys.readouterr().err
    assert [path.read_text(encoding="utf-8") for path in documents.iterdir()] == ["as it was"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--faults", "error-code-14"], "unknown fault 'error-code-14'; did you mean: "),
        (["--only", "zebras"], "'zebras'"),
        (["--seeds", "0"], "'0' is not a whole number of at least 1"),
        (["--skip", *SECTIONS], "--skip: all sections are skipped"),
        (["--render", "--check"], "--render: cannot be combined"),
        (["--render", "--faults", FAULT], "--render: cannot be combined"),
        (["--render", "--only", "faults"], "not allowed with"),
    ],
)
def test_wrong_usage_is_an_error(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        command_line.main(arguments)

    assert exit_info.value.code == 2
    assert message in capsys.readouterr().err
