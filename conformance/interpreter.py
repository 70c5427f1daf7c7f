"""Keeps the current directory off the import path, since its modules would run with the credentials of a run."""

import os
import sys

__all__ = ["command", "ignore_current_directory"]

BOOTSTRAP = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "import runpy; sys.argv[:] = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)
"""A program that does the same as `python -m`, which puts the current directory first on the path, without doing that.

The option -P of Python does not exist in 3.10. The option -I would also hide the packages of the user site.
"""


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module in a new interpreter, as `python -m` does."""
    return [sys.executable, "-c", BOOTSTRAP, module, *arguments]


def ignore_current_directory() -> None:
    """Remove the directory that `python -m` puts first on the path, here and in child processes.

    The variable is for children that other libraries start, such as multiprocessing.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if not getattr(sys.flags, "safe_path", False) and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib takes long to import
        del sys.path[0]
