"""The parts of the proof, on invented runs."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.catalogue import Level, load
from conformance.oracles import judged_ids
from conformance.oracles.registry import mutated
from conformance.proof import __main__ as command_line
from conformance.proof import alarms, detection, mutants, pool, render_json, repeats, report
from conformance.proof.alarms import PLAIN, Visit
from conformance.proof.detection import Trial
from conformance.proof.mutants import Mutant
from conformance.proof.outcome import SECTIONS, Proof
from conformance.proof.pool import Failure, Task
from conformance.proof.runs import Job, Mutation, Run
from conformance.proof.zoo import ZOO
from conformance.server.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

FAULT = "error-code-13"
EXPECTED = frozenset(FAULTS[FAULT].breaks)
MUST = next(r.id for r in load() if r.level is Level.MUST and r.id not in EXPECTED)
SHOULD = next(r.id for r in load() if r.level is Level.SHOULD)


def run(*broken: str, code: int | None = None, trouble: str = "", stream: str = "") -> Run:
    """A run in which these requirements were reported, and all others passed."""
    levels = {r.id: r.level for r in load()}
    verdicts = dict.fromkeys(levels, "pass") | {key: "fail" if levels[key] is Level.MUST else "warn" for key in broken}
    return Run(
        code=int("fail" in verdicts.values()) if code is None else code,
        verdicts=verdicts,
        findings=dict.fromkeys(broken, 1),
        first=dict.fromkeys(broken, 10),
        requests=100,
        seconds=2.0,
        trouble=trouble,
        stream=stream,
    )


def trial(outcome: Run) -> Trial:
    return Trial(FAULT, 1, EXPECTED, outcome)


def perfect(jobs: Sequence[Job], **_: object) -> list[Run]:
    """Make runs as they should be."""
    return [_sound(job) for job in jobs]


def _sound(job: Job) -> Run:
    broken = FAULTS[job.fault].breaks if job.fault else ()
    if job.mutation is None:
        return run(*broken, stream="0")
    if job.mutation.how == "negated":
        return run(job.mutation.oracle)
    if job.fault:
        return run(*(key for key in broken if key != job.mutation.oracle))
    return Run(0, verdicts={**run().verdicts, job.mutation.oracle: "inconclusive"})


def work(*tasks: Task[Any], limit: float = 60) -> list[Any]:
    with closing(pool.work(tasks, processes=1, limit=limit)) as results:
        found = dict(results)
    return [found[index] for index in range(len(tasks))]


def test_a_call_returns_in_a_process_of_its_own() -> None:
    [one, other] = work(Task(os.getpid, ()), Task(os.getpid, ()))

    assert len({one, other, os.getpid()}) == 3


def test_a_call_that_raises_fails_with_its_traceback() -> None:
    [failure] = work(Task(int, ("x",)))

    assert failure.reason.startswith("ValueError: ")
    assert "Traceback" in failure.tail


def test_a_process_that_dies_is_a_failure_and_takes_no_other_along() -> None:
    [died, lived] = work(Task(os._exit, (3,)), Task(abs, (-1,)))

    assert died == Failure("died with 3", "")
    assert lived == 1


def test_what_a_failed_call_printed_is_told_and_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    [failure] = work(Task(exec, ("print('hello'); raise SystemExit(4)",)))

    assert failure.reason == "SystemExit: 4"
    assert failure.tail.startswith("hello\n")
    assert capfd.readouterr() == ("", "")


def test_a_call_that_hangs_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = f"echo $$ > '{note}'; sleep 600"
    [failure] = work(Task(subprocess.run, (["/bin/sh", "-c", program],)), limit=4)

    assert failure == Failure("did not end within 4 s", "")
    pid = int(note.read_text(encoding="utf-8"))
    deadline = time.monotonic() + 30
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def test_calls_that_mostly_wait_share_a_processor(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Neither end of the pipe opens before the other does.
    [_, read] = work(Task(Path.write_text, (pipe, "x"), share=0.25), Task(Path.read_text, (pipe,), share=0.25))

    assert read == "x"


def test_calls_that_compute_do_not(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    [written, read] = work(Task(Path.write_text, (pipe, "x")), Task(Path.read_text, (pipe,)), limit=1)

    assert isinstance(written, Failure)
    assert isinstance(read, Failure)


@pytest.mark.parametrize(
    ("outcome", "detected", "objection"),
    [
        (run(*EXPECTED), True, ""),
        (run(), False, f"not reported: {', '.join(EXPECTED)}; exit code 0 instead of 1"),
        (run(*EXPECTED, MUST), True, f"wrongly reported: {MUST}"),
        (run(MUST), False, f"not reported: {', '.join(EXPECTED)}; wrongly reported: {MUST}"),
        (run(*EXPECTED, code=3), False, "exit code 3 instead of 1"),
        (
            Run(1, verdicts=dict.fromkeys(EXPECTED, "fail"), findings=dict.fromkeys(EXPECTED, 2)),
            True,
            "not one finding for each requirement",
        ),
        (Run(None, trouble="died with -11"), False, "the run is no evidence: died with -11"),
        (
            run(*EXPECTED, trouble="the suite itself failed", code=70),
            False,
            "the run is no evidence: the suite itself failed",
        ),
    ],
)
def test_a_trial_says_what_is_wrong_with_it(outcome: Run, detected: bool, objection: str) -> None:  # noqa: FBT001
    assert trial(outcome).detected is detected
    assert trial(outcome).objection == objection
    assert trial(outcome).exact is (objection == "")


def test_the_quality_counts_pairs() -> None:
    found = detection.quality([trial(run(*EXPECTED)), trial(run(*EXPECTED, MUST)), trial(run()), trial(run(MUST))])

    assert (found.trials, found.detected, found.exact) == (4, 2, 1)
    assert found.precision == 2 / 4
    assert found.recall == 2 / 4


def test_nothing_reported_is_no_precision() -> None:
    assert detection.quality([trial(run())]).precision == 0


def test_the_first_finding_is_counted_in_requests() -> None:
    found = [trial(Run(1, findings={"A": 1}, first={"A": n, "B": 99}, requests=100)) for n in range(1, 11)]
    first = detection.Detection.of([*found, trial(Run(1, findings={"A": 1}, first={"A": 40}, requests=100))])

    assert first == detection.Detection(median=6, ninetieth=10, latest=40, within_a_third=10 / 11)


def test_without_findings_there_is_no_first_one() -> None:
    assert detection.Detection.of([trial(run())]) is None


@pytest.mark.parametrize(
    ("outcome", "objection"),
    [
        (run(), ""),
        (run(SHOULD), f"false alarm: {SHOULD}"),
        (run(MUST), f"false alarm: {MUST}"),
        (run(code=3), "exit code 3"),
        (Run(None, trouble="died with 1"), "the run is no evidence: died with 1"),
        (Run(0, verdicts={"A": "pass", "B": "skipped"}), "not exercised: B"),
    ],
)
def test_a_visit_says_what_is_wrong_with_it(outcome: Run, objection: str) -> None:
    assert Visit(PLAIN, 1, outcome).objection == objection


def test_only_the_mock_must_let_everything_be_exercised() -> None:
    assert Visit("asgi", 1, Run(0, verdicts={"A": "pass", "B": "skipped"})).objection == ""


def test_the_rule_of_three_needs_runs_without_alarms() -> None:
    assert alarms.upper_bound(0, 300) == 0.01
    assert alarms.upper_bound(0, 1) == 1
    assert alarms.upper_bound(1, 300) is None
    assert alarms.upper_bound(0, 0) is None


def test_each_server_is_visited_with_each_seed_and_the_slow_ones_first() -> None:
    planned = alarms.jobs(list(ZOO), [1, 2])
    slow = {name for name, resident in ZOO.items() if resident.seconds}

    assert {(job.resident, job.seed) for job in planned} == {(name, seed) for name in ZOO for seed in (1, 2)}
    assert {job.resident for job in planned[: 2 * len(slow)]} == slow
    assert [alarms.share(job) < 1 for job in planned] == [job.resident in slow for job in planned]


def test_a_mutated_oracle_is_whole_again_afterwards() -> None:
    from conformance.oracles import registry  # noqa: PLC0415 - its insides

    before = dict(registry._exchange), dict(registry._sequence)  # noqa: SLF001 - likewise
    for key in judged_ids():
        with mutated(key, "dropped"):
            assert (registry._exchange, registry._sequence) != before  # noqa: SLF001 - likewise
    assert (registry._exchange, registry._sequence) == before  # noqa: SLF001 - likewise


def test_mutations_that_something_notices_are_found() -> None:
    found = mutants.hunt(mutants.all_mutations(), perfect)

    assert len(found) == 2 * len(judged_ids())
    assert {mutant.mutation for mutant in found if mutant.noticed_by is None} == set()
    assert all(mutant.runs == 1 for mutant in found)


def test_a_mutation_that_nothing_notices_has_been_tried_on_all_that_should() -> None:
    [key] = EXPECTED
    named = [name for name, fault in FAULTS.items() if key in fault.breaks]
    blind = [Mutation(key, "dropped"), Mutation(key, "negated")]
    found = mutants.hunt(blind, lambda jobs: perfect([Job(fault=job.fault) for job in jobs]))

    assert found == [Mutant(blind[0], None, "", len(named)), Mutant(blind[1], None, "", 1 + len(named))]


def test_a_fault_that_is_misjudged_anyway_proves_nothing_of_a_mutation() -> None:
    [key] = EXPECTED
    [mutant] = mutants.hunt([Mutation(key, "dropped")], perfect, frozenset({FAULT}))

    assert mutant.noticed_by != FAULT


def test_an_oracle_that_only_observes_is_missed_on_the_mock() -> None:
    key = next(r.id for r in load() if r.level is Level.OBSERVE)
    [mutant] = mutants.hunt([Mutation(key, "dropped")], perfect)

    assert (mutant.noticed_by, mutant.seen) == (PLAIN, f"not exercised: {key}")


REPORT = {"started": "2020-01-01", "seconds": 1.0, "requests_sha256": "0", "requirements": [{"id": "A"}]}


def test_repeated_runs_may_differ_in_time_alone() -> None:
    again = {**REPORT, "started": "2021-01-01", "seconds": 2.0}

    assert repeats.compare([REPORT, again], streams=("0",)).objections == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"requests_sha256": "1"}, "/requests_sha256"),
        ({"requirements": [{"id": "B"}]}, "/requirements/0/id"),
        ({"requirements": []}, "/requirements"),
        ({"more": 1}, "/"),
    ],
)
def test_a_difference_of_repeated_runs_is_named(change: dict[str, Any], place: str) -> None:
    said = repeats.compare([REPORT, {**REPORT, **change}]).objections

    assert f"a repeated run differs: report 2 at {place}" in said


def test_another_stream_of_requests_is_an_objection() -> None:
    assert repeats.compare([REPORT], streams=("1",)).objections == [
        "1 runs with one seed sent 2 different streams of requests"
    ]


def test_a_repeated_run_that_fails_is_an_objection() -> None:
    assert repeats.compare([REPORT], trouble=["died with 1"]).objections == [
        "a repeated run is no evidence: died with 1"
    ]


def test_a_run_in_several_processes_may_send_other_numbers_of_requests_and_say_nothing_else() -> None:
    one, several = {**REPORT, "requests": 300, "command": "a"}, {**REPORT, "requests": 301, "command": "b"}

    assert repeats.compare([one], sharded=several).objections == []
    assert repeats.compare([one], sharded={**several, "seed": 2}).objections != []
    assert repeats.compare([one, several]).objections != []


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command line writes, with runs that are as they should be."""
    monkeypatch.setattr(command_line, "DOCUMENTS", tmp_path)
    monkeypatch.setattr(command_line, "perform_all", perfect)
    monkeypatch.setattr(repeats, "repeat_all", lambda *_, **__: repeats.compare([REPORT, REPORT]))
    return tmp_path


def _harmless(jobs: Sequence[Job], **_: object) -> list[Run]:
    """Make runs in which one fault does nothing."""
    return [run() if job.fault == FAULT else _sound(job) for job in jobs]


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
        repetition=repeats.compare([REPORT]),
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


@given(st.integers(1, 12), st.integers(1, 6))
def test_seeds_that_take_turns_meet_several_servers_each(count: int, every: int) -> None:
    planned = alarms.jobs(list(ZOO), range(1, every * count + 1), every=every)

    assert all(sum(job.resident == name for job in planned) == count for name in ZOO)
    assert {job.seed for job in planned} == set(range(1, every * count + 1))
