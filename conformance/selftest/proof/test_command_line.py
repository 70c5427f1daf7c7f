"""The command line of the proof, and the documents that it writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.proof import __main__ as command_line
from conformance.proof import determinism, render_json, report
from conformance.proof.conforming_servers import ZOO
from conformance.proof.false_positives import PLAIN, Visit
from conformance.proof.mutation import Mutant
from conformance.proof.results import SECTIONS, Proof
from conformance.proof.runs import Job, Mutation, Run
from conformance.selftest.proof.sample_runs import EXPECTED, FAULT, MUST, REPORT, perfect, run, sound, trial
from conformance.server.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command line writes, with runs that are as they should be."""
    monkeypatch.setattr(command_line, "DOCUMENTS", tmp_path)
    monkeypatch.setattr(command_line, "perform_all", perfect)
    monkeypatch.setattr(determinism, "repeat_all", lambda *_, **__: determinism.compare([REPORT, REPORT]))
    return tmp_path


def _harmless(jobs: Sequence[Job], **_: object) -> list[Run]:
    """Make runs in which one fault does nothing."""
    return [run() if job.fault == FAULT else sound(job) for job in jobs]


def test_a_proof_is_written_for_people_and_for_programs(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--seeds", "2"]) == 0

    page = (documents / "proof.md").read_text(encoding="utf-8")
    figures = json.loads((documents / "proof.json").read_text(encoding="utf-8"))
    assert sorted(path.name for path in documents.iterdir()) == ["proof.json", "proof.md"]
    assert capsys.readouterr().out.startswith("proven\n")
    assert f"| faults detected | {len(FAULTS)} of {len(FAULTS)} (100.0%) |" in page
    assert "What is wrong" not in page
    assert figures["proven"]
    assert figures["false_alarms"] == {"alarms": 0, "runs": len(ZOO), "upper_bound": 3 / len(ZOO)}
    for name in FAULTS:
        assert f"| `{name}` |" in page


def test_the_matrix_has_a_row_for_each_requirement_and_a_column_for_each_fault(documents: Path) -> None:
    command_line.main(["--seeds", "1"])

    matrix = json.loads((documents / "proof.json").read_text(encoding="utf-8"))["matrix"]
    assert matrix["faults"] == list(FAULTS)
    for key, row in matrix["rows"].items():
        assert row == "".join("+" if key in fault.breaks else "." for fault in FAULTS.values())


def test_both_documents_are_the_same_each_time(documents: Path) -> None:
    proof = Proof(
        trials=(trial(run(*EXPECTED)),),
        visits=(Visit(PLAIN, 1, run()),),
        mutants=(Mutant(Mutation(MUST, "dropped"), FAULT, "x", 1), Mutant(Mutation(MUST, "negated"), PLAIN, "x", 1)),
        repetition=determinism.compare([REPORT]),
    )
    written = []
    for _ in range(2):
        report.write(proof, documents)
        written.append([(documents / name).read_bytes() for name in report.NAMES])

    assert written[0] == written[1]


def test_what_is_wrong_comes_first(
    documents: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "perform_all", _harmless)

    assert command_line.main(["--seeds", "1"]) == 1

    said = f"fault {FAULT}, seed 1: not reported: {', '.join(EXPECTED)}"
    page = (documents / "proof.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith(said)
    assert page.index(said) < page.index("## Faults")
    assert page.index("## Faults") < page.index(f"| `{FAULT}` |") < page.index("| yes |")
    assert not json.loads((documents / "proof.json").read_text(encoding="utf-8"))["proven"]


def test_the_output_of_a_run_is_in_no_document() -> None:
    lost = trial(Run(None, trouble="died with 1: \nFile /home/somebody/file.py"))
    document = render_json.document(Proof(trials=(lost,)))

    assert "somebody" not in json.dumps(document)
    assert "died with 1" in json.dumps(document)


@pytest.mark.parametrize("arguments", [["--check"], ["--only", "faults"], ["--skip", "zoo"], ["--faults", FAULT]])
def test_a_part_of_the_proof_is_not_written(
    arguments: list[str], documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["--seeds", "1", *arguments]) == 0
    assert "nothing was written" in capsys.readouterr().out
    assert list(documents.iterdir()) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_can_be_proven_alone(section: str, documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--seeds", "1", "--only", section]) == 0
    assert capsys.readouterr().out.startswith("proven\n")
    assert list(documents.iterdir()) == []


def test_several_seeds_are_tried_by_a_thorough_proof(documents: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--thorough", "--faults", FAULT]) == 0
    assert "faults detected: 5 of 5" in capsys.readouterr().out
    assert list(documents.iterdir()) == []


def test_ctrl_c_leaves_what_was_there(
    documents: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> list[Run]:
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
        (["--seeds", "0"], "'0' is no whole number from 1"),
        (["--skip", *SECTIONS], "nothing is left to do"),
    ],
)
def test_wrong_usage_is_named(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)

    assert ended.value.code == 2
    assert message in capsys.readouterr().err
