"""Keeps the current directory off the import path: what lies there would run with the credentials of a run."""

from __future__ import annotations

import os
import sys

__all__ = ["command", "ignore_current_directory"]

BOOTSTRAP = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "import runpy; sys.argv[:] = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)
"""The same as `python -m`, without the current directory, which that puts first on the path.

Python's own switch for it, -P, is missing in 3.10; -I would also hide packages that only this user has installed.
"""


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module in a new interpreter, as `python -m` does."""
    return [sys.executable, "-c", BOOTSTRAP, module, *arguments]


def ignore_current_directory() -> None:
    """Remove the directory that `python -m` has put first on the path, here and in child processes.

    Children that this project does not start itself, such as those of multiprocessing, read the variable.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if not getattr(sys.flags, "safe_path", False) and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib takes long to import
        del sys.path[0]
