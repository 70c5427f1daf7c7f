"""Installing, building and starting the servers and the proxies."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.servers.table import FOLDER, ROOT
from conformance.selftest.support import accounts
from scripts import npm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reports.model import Report
    from conformance.selftest.servers.table import Proxy, Server
    from conformance.selftest.support.accounts import Account

__all__ = ["UnavailableError", "judge_outage", "judge_proxy", "judge_server"]

BUILT = ROOT / ".servers"
"""Directory of the copies in which servers are built."""
BUILD_SECONDS = 1500
PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent), "/usr/sbin"))
"""Where programs are looked for: the Go of .venv is the last resort, and Debian's daemons are not on every path."""
STATES = {
    "ready": BatchStatus.READY,
    "validating": BatchStatus.VALIDATING,
    "failed": BatchStatus.VALIDATE_FAILED,
    "committed": BatchStatus.COMMITTED,
}


class UnavailableError(Exception):
    """A program is missing, or a server could not be built; the message says which and why."""


def judge_server(server: Server) -> Report:
    """Run the suite on a server; raises `UnavailableError`, and `RuntimeError` if it does not start."""
    account = _account(server.name)
    with tempfile.TemporaryDirectory() as ledger, running(server, account) as url:
        return accounts.report_on(url, account, Path(ledger))


def judge_proxy(proxy: Proxy, backend: Server | None) -> Report:
    """Run the suite on a server behind a proxy, or on the mock; raises like `judge_server`."""
    account = _account(proxy.name)
    behind = _mock(account) if backend is None else running(backend, account)
    with tempfile.TemporaryDirectory() as ledger, behind as url, _before(proxy, url) as front:
        return accounts.report_on(front, account, Path(ledger))


def judge_outage(proxy: Proxy) -> Report:
    """Run the suite on a proxy in front of a port on which nothing listens; raises like `judge_server`."""
    account = _account(proxy.name)
    nowhere = f"http://127.0.0.1:{accounts.free_port()}"
    with tempfile.TemporaryDirectory() as ledger, _before(proxy, nowhere) as front:
        return accounts.report_on(front, account, Path(ledger))


@contextmanager
def running(server: Server, account: Account) -> Iterator[str]:
    """Build and start a server with an account, and yield its URL."""
    _check(server.needs)
    where = FOLDER / server.folder
    places = {"python": sys.executable, "port": str(accounts.free_port())}
    if (where / "package-lock.json").exists():
        where, places["node"] = _with_modules(where), npm.node()
    elif server.build:
        where = _build(server, where)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "account.json")
        file.write_text(json.dumps(account.document()), encoding="utf-8")
        command = [word.format_map(places) for word in server.command]
        variables = {"PATH": PATH, "ACCOUNT": str(file), "PORT": places["port"]}
        with accounts.serving(command, int(places["port"]), where, variables, Path(name, "output")) as url:
            yield url


@contextmanager
def _before(proxy: Proxy, backend: str) -> Iterator[str]:
    """Start a proxy in front of a URL, and yield its own URL."""
    _check(proxy.needs)
    address = backend.removeprefix("http://")
    host, _, port = address.partition(":")
    own = str(accounts.free_port())
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)  # a proxy that root starts works as another user
        text = (FOLDER / "proxies" / proxy.configuration).read_text(encoding="utf-8")
        places = {"port": own, "backend": address, "backend_host": host, "backend_port": port, "directory": directory}
        for key, value in places.items():
            text = text.replace(f"{{{key}}}", value)
        Path(directory, proxy.configuration).write_text(text, encoding="utf-8")
        command = [word.format_map(places) for word in proxy.command]
        with accounts.serving(command, int(own), Path(directory), {"PATH": PATH}, Path(directory, "output")) as url:
            yield url


@contextmanager
def _mock(account: Account) -> Iterator[str]:
    """Run the mock with an account, without its control interface, and yield its URL."""
    settings = MockSettings(
        token=account.token,
        expired_token=account.expired_token,
        project_id=account.project_id,
        foreign_project_id=account.other_project_id,
        control=False,
    )
    with EmbeddedServer(settings) as server:
        own = [Batch(batch, account.project_id, STATES[state]) for batch, state in account.batches.items()]
        other = [
            Batch(batch, account.other_project_id, STATES[state]) for batch, state in account.other_batches.items()
        ]
        server.app.store.add([*own, *other])
        yield server.url


def _account(name: str) -> Account:
    return accounts.invent(random.Random(name))  # noqa: S311 - reproducible, not secret


def _check(needs: tuple[str, ...]) -> None:
    missing = [program for program in needs if shutil.which(program, path=PATH) is None]
    if missing:
        raise UnavailableError(f"missing: {', '.join(missing)}")


def _with_modules(folder: Path) -> Path:
    """Return a copy of a folder of programs beside the packages of its lock file, as Node looks for them."""
    try:
        modules = npm.install(folder, npm.INSTALLED / "servers")
    except npm.NpmError as error:
        raise UnavailableError(str(error)) from None
    for program in folder.glob("*.js"):
        shutil.copy(program, modules.parent / program.name)
    return modules.parent


def _build(server: Server, folder: Path) -> Path:
    """Build a program in a copy of its folder, where what was built before is used again."""
    place = BUILT / server.name
    shutil.copytree(folder, place, dirs_exist_ok=True)
    try:
        done = subprocess.run(
            server.build,
            cwd=place,
            env={**os.environ, "PATH": PATH},
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"not built within {BUILD_SECONDS} s") from None
    if done.returncode:
        raise UnavailableError(f"not built:\n{(done.stdout + done.stderr).strip()[-2000:]}")
    return place
