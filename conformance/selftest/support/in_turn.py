"""A program that makes runs of the suite one after another, and prints how each ended.

Usage: `python in_turn.py < runs.json`. The input is a list of objects with `arguments`, `environment`, `directory` and
`seconds`; standard output and error of each run go to files in its directory. A run that takes longer than its seconds
ends the program by a signal. It is a separate program so that the memory of the runs alone is measured.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(job: Mapping[str, Any]) -> dict[str, float]:
    """Make one run; return its exit code, its time, and the peak memory of all runs so far."""
    directory, code, start = Path(job["directory"]), 0, time.monotonic()
    os.environ.clear()
    os.environ.update(job["environment"])
    os.chdir(directory / "own" / "cwd")
    signal.alarm(job["seconds"])
    with (
        (directory / "out").open("w", encoding="utf-8") as out,
        (directory / "err").open("w", encoding="utf-8") as err,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main.main(job["arguments"])
        except SystemExit as error:
            code = int(error.code or 0)
    signal.alarm(0)
    return {"code": code, "kibibytes": _peak(), "seconds": time.monotonic() - start}


def _peak() -> int:
    """Return the peak memory of this program in KiB."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, ru_maxrss includes the memory of the program that started this one
        return int(status.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


if __name__ == "__main__":
    for job in json.load(sys.stdin):
        print(json.dumps(run(job)), flush=True)  # noqa: T201 - its only output
