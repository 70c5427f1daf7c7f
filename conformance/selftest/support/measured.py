"""A program that runs a command and writes its exit code and peak memory to a file, as JSON.

Usage: `python measured.py SECONDS FILE COMMAND...`. It is a separate program so that only the command is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path


def main() -> None:
    """Run the command; one that takes longer than SECONDS is killed and has a negative exit code."""
    seconds, file, *command = sys.argv[1:]
    process = subprocess.Popen(command)
    timer = threading.Timer(float(seconds), process.kill)
    timer.start()
    # Popen.wait does not return the resource usage.
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    result = {"code": process.returncode, "kibibytes": usage.ru_maxrss}
    Path(file).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
