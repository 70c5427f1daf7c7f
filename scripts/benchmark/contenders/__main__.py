"""The process of one contender: `python -m scripts.benchmark.contenders MODULE.FUNCTION URL`.

Each line of input is a JSON list of lists of batch IDs. The line of output for it has the time of each list.
"""

from __future__ import annotations

import importlib
import json
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.benchmark.contenders.callers import Batches

_COMMITTED = "COMMIT_SUCCESS"


def main() -> None:
    """Commit batches until the end of the input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process ends this one
    name, url = sys.argv[1:]
    module, _, function = name.partition(".")
    contender = importlib.import_module(f"{__package__}.{module}")
    commit: Batches = getattr(contender, function)(url)
    for line in sys.stdin:
        seconds, work = [], []
        for batches in json.loads(line):
            start, start_of_work = time.perf_counter(), time.process_time()
            states = commit(batches)
            seconds.append(time.perf_counter() - start)
            work.append(time.process_time() - start_of_work)
            if states != [_COMMITTED] * len(batches):
                raise SystemExit(f"{name} did not commit: {states}")
        print(json.dumps({"seconds": seconds, "work": work, "peak": _peak()}), flush=True)  # noqa: T201 - read by the parent


def _peak() -> int:
    """Return the peak memory of the process in KiB."""
    # On Linux, ru_maxrss includes the peak of the parent process; VmHWM does not.
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


if __name__ == "__main__":
    main()
