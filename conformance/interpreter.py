"""Keeps the current directory off the import path, since its modules would run with the credentials of a run."""

import os
import sys

__all__ = ["command", "ignore_current_directory", "open_closed_streams"]


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module in a new interpreter, without the current directory on its path.

    The option -I would also hide the packages of the user site.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def ignore_current_directory() -> None:
    """Remove the directory that `python -m` puts first on the path, here and in child processes.

    The variable is for children that other libraries start, such as multiprocessing.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", _current_directory()):
        del sys.path[0]


def _current_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - pathlib takes long to import
    except OSError:  # it was removed
        return ""


def open_closed_streams() -> None:
    """Open the null device in place of closed standard streams, whose numbers the next files would get otherwise."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open until the end
