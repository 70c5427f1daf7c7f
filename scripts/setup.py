# ruff: noqa: S603, T201 - runs Python's own programs, and prints what it does
"""Build .venv from the lock files; scripts/setup runs this with the Python that .venv is to have.

A group is installed again only if its lock file or pyproject.toml has changed.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
EDITABLE = {"run": ".", "dev": "./generated"}

# An interrupted build or installation has no stamp.
BUILT = VENV / "built.stamp"
IDENTITY = f"{EXTENSION_SUFFIXES[0].split('.')[1]} in {Path(os.__file__).resolve().parent}"
"""ABI and library of the Python that runs this, which are the same inside and outside of .venv."""

# For pip, variables have precedence over its configuration files, and options over both.
PIP_VARIABLES = {
    "PIP_CONSTRAINT": os.devnull,
    "PIP_DRY_RUN": "0",
    "PIP_IGNORE_INSTALLED": "0",
    "PIP_NO_BINARY": ":none:",
    "PIP_ONLY_BINARY": ":all:",  # a package that is built runs its own program, with requirements that are not locked
    "PIP_PYTHON": "",
    "PIP_REQUIRE_HASHES": "0",
    "PIP_USER": "0",
}
PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--target=", "--root=/", f"--prefix={VENV}")


def main() -> int:
    """Return the exit code: 0 .venv has the groups, 2 it could not be built, 130 interrupted."""
    if sys.argv[1:] == ["--identity"]:
        print(IDENTITY)
        return 0
    groups = sys.argv[2:]
    try:
        if not _fault() and all(_is_installed(group) for group in groups):
            return 0
        lock = _take_lock()
        fault = _fault()
        if fault:
            _build(fault, lock)
        for group in groups:
            if not _is_installed(group):
                _install(group, lock)
    except OSError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _fault() -> str | None:
    """Return why .venv must be built, or None if it is complete, where it was built, and of this Python."""
    if not VENV.exists():
        return "there is none"
    if not BUILT.exists() or not (stamp := BUILT.read_text(encoding="utf-8")):
        return "it is incomplete"
    place, _, identity = stamp.partition("\n")
    if place != str(VENV):
        return f"it was moved or copied from {place}"
    if identity != IDENTITY:
        return f"it was built with {identity}, not with {IDENTITY}"
    if sys.prefix != str(VENV) and _identity_inside() != IDENTITY:
        return "its Python was removed or replaced"
    return None


def _identity_inside() -> str | None:
    """Return the identity of the Python that .venv has now, or None if it does not run."""
    try:
        done = subprocess.run([PYTHON, __file__, "--identity"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip()


def _is_installed(group: str) -> bool:
    stamp = _stamp(group)
    return stamp.exists() and stamp.read_bytes() == _inputs(group)


def _stamp(group: str) -> Path:
    return VENV / f"{group}.stamp"


def _inputs(group: str) -> bytes:
    return _lock_file(group).read_bytes() + (ROOT / "pyproject.toml").read_bytes()


def _lock_file(group: str) -> Path:
    return ROOT / "scripts" / "locks" / f"{group}.txt"


def _take_lock() -> int:
    """Return the descriptor of a lock, which ends when the last process that has it ends, or is killed.

    If another setup has the lock, wait for it and start again: its .venv may be kept, even with another Python.
    """
    lock = os.open(ROOT / "scripts", os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("setup: waiting for another setup of .venv ...", file=sys.stderr)
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.execv("/bin/sh", ["sh", str(ROOT / "scripts" / "setup"), *sys.argv[1:]])  # noqa: S606
    return lock


def _build(fault: str, lock: int) -> None:
    if not (find_spec("ensurepip") and find_spec("venv")):
        _fail(f"{sys.executable} does not have the venv module; on Debian and Ubuntu: apt install python3-venv")
    BUILT.unlink(missing_ok=True)
    print(f"setup: building .venv: {fault} ...", file=sys.stderr)
    python = str(Path(sys.executable).resolve())  # that of .venv would remove itself
    error = f"{python} could not build .venv; see its message above"
    _run([python, "-m", "venv", "--clear", "--without-pip", str(VENV)], lock, error)
    _run([PYTHON, "-m", "ensurepip", "--default-pip"], lock, error)
    BUILT.write_text(f"{VENV}\n{IDENTITY}", encoding="utf-8")


def _install(group: str, lock: int) -> None:
    inputs = _inputs(group)
    _stamp(group).unlink(missing_ok=True)
    name = _lock_file(group).relative_to(ROOT)
    print(f"setup: installing the packages in {name} ...", file=sys.stderr)
    _pip_install(["--require-hashes", "--requirement", str(name)], lock)
    if group in EDITABLE:
        _pip_install(["--no-deps", "--no-build-isolation", "--editable", EDITABLE[group]], lock)
    _stamp(group).write_bytes(inputs)


def _pip_install(arguments: list[str], lock: int) -> None:
    command = [PYTHON, "-m", "pip", "install", *PIP_OPTIONS, *arguments]
    _run(command, lock, f"pip could not install {arguments[-1]}; see its message above")


def _run(command: list[str], lock: int, error: str) -> None:
    variables = os.environ | PIP_VARIABLES
    done = subprocess.run(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, pass_fds=[lock], check=False)
    if done.returncode != 0:
        _fail(error)


def _fail(message: str) -> NoReturn:
    print(f"setup: {message}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    sys.exit(main())
