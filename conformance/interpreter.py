"""Keeps Python from what the user did not mean: modules of the current directory, and closed standard streams."""

import os
import sys

__all__ = ["command", "ignore_current_directory", "open_closed_streams"]


def command(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs a module in a new interpreter, without the current directory on its path.

    The option -I would also hide the packages of the user site.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def ignore_current_directory() -> None:
    """Remove the current directory from the path, here and in child processes.

    It is there because of `python -m` or of an empty entry in PYTHONPATH. It stays if it is the directory of this
    package. PYTHONSAFEPATH is for children that other libraries start, such as multiprocessing.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    here = _current_directory()
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", here):
        del sys.path[0]
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if "" in entries and here != os.path.dirname(os.path.dirname(__file__)):  # noqa: PTH120 - likewise
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, entries))
        sys.path[:] = [entry for entry in sys.path if entry not in ("", here)]


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
