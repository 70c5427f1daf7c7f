"""The processes of the proof: one for each call, and no call harms another."""

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


def work(*tasks: Task[Any], limit: float = 60) -> list[Any]:
    with closing(process_pool.work(tasks, processes=1, limit=limit)) as results:
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
