"""Runs a command and says what it took; a program of its own, so that no memory but the command's is counted.

Usage: `python measured.py SECONDS FILE COMMAND...`; the FILE gets JSON with the exit code and the peak of memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path


def main() -> None:
    """Run the command; one that takes longer is killed, and its exit code is negative."""
    seconds, file, *command = sys.argv[1:]
    process = subprocess.Popen(command)
    timer = threading.Timer(float(seconds), process.kill)
    timer.start()
    # Not through the process itself, which would not tell what it used.
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    taken = {"code": process.returncode, "kibibytes": usage.ru_maxrss}
    Path(file).write_text(json.dumps(taken), encoding="utf-8")


if __name__ == "__main__":
    main()
