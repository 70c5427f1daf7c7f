"""Function calls in one process each, which do not affect each other."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.proof import process_pool
from conformance.proof.process_pool import Failure, Task

if TYPE_CHECKING:
    import pytest


def call_all(*tasks: Task[Any], timeout: float = 60) -> list[Any]:
    with closing(process_pool.call_all(tasks, processes=1, timeout=timeout)) as results:
        found = dict(results)
    return [found[index] for index in range(len(tasks))]


def test_each_call_runs_in_a_new_process() -> None:
    [one, other] = call_all(Task(os.getpid, ()), Task(os.getpid, ()))

    assert len({one, other, os.getpid()}) == 3


def test_a_call_that_raises_fails_with_its_traceback() -> None:
    [failure] = call_all(Task(int, ("x",)))

    assert failure.reason.startswith("ValueError: ")
    assert "Traceback" in failure.tail


def test_a_crash_is_a_failure_and_does_not_affect_other_calls() -> None:
    [crashed, succeeded] = call_all(Task(os._exit, (3,)), Task(abs, (-1,)))

    assert crashed == Failure("died with 3", "")
    assert succeeded == 1


def test_the_output_of_a_failed_call_is_captured(capfd: pytest.CaptureFixture[str]) -> None:
    [failure] = call_all(Task(exec, ("print('hello'); raise SystemExit(4)",)))

    assert failure.reason == "SystemExit: 4"
    assert failure.tail.startswith("hello\n")
    assert capfd.readouterr() == ("", "")


def test_a_call_that_hangs_is_killed_with_its_child_processes(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    program = f"echo $$ > '{note}'; sleep 600"
    [failure] = call_all(Task(subprocess.run, (["/bin/sh", "-c", program],)), timeout=4)

    assert failure == Failure("did not end within 4 s", "")
    pid = int(note.read_text(encoding="utf-8"))
    deadline = time.monotonic() + 30
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def test_calls_with_small_shares_run_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Opening one end of the pipe blocks until the other end is opened.
    [_, read] = call_all(Task(Path.write_text, (pipe, "x"), share=0.25), Task(Path.read_text, (pipe,), share=0.25))

    assert read == "x"


def test_calls_with_full_shares_run_one_after_another(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    [written, read] = call_all(Task(Path.write_text, (pipe, "x")), Task(Path.read_text, (pipe,)), timeout=1)

    assert isinstance(written, Failure)
    assert isinstance(read, Failure)
