"""Tests that the client passes its tests in an environment without anything else; `make clients` uses each Python."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.spec import openapi
from scripts import dist
from scripts.environments import __main__ as command_line
from scripts.environments.artefacts import KINDS, Artefacts
from scripts.environments.environment import find_python
from scripts.environments.trial import InstallationTrial, TrialError, try_out

# Slow, and independent of the HTTP library; `make clients` runs it.
EXCLUDED = ("test_reading.py",)
PRINT_LOCATION_AND_VERSION = """
from importlib.metadata import version
import drs_batch_client
print(drs_batch_client.__file__, version("drs-batch-client"))
"""


def test_client_passes_its_tests_in_an_environment_without_anything_else(
    clients: dict[str, Artefacts], tmp_path: Path
) -> None:
    def passed(kind: str, artefacts: Artefacts) -> int:
        workspace = tmp_path / kind
        workspace.mkdir()
        return try_out(Path(sys.executable), artefacts, kind, workspace, without=EXCLUDED).passed

    with ThreadPoolExecutor() as pool:
        numbers = list(pool.map(passed, KINDS, clients.values()))
    assert len(numbers) == 2
    assert min(numbers) > 500


def test_a_client_of_another_version_is_refused(artefacts: Artefacts, tmp_path: Path) -> None:
    with pytest.raises(TrialError, match=r"version 1\.0\.0, not 9$"):
        try_out(Path(sys.executable), replace(artefacts, version="9"), "wheel", tmp_path)


def test_one_command_of_pip_installs_the_client(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    for command in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(environment / "bin" / "pip"), "install", "./generated"],
        [str(environment / "bin" / "python"), "-I", "-c", PRINT_LOCATION_AND_VERSION],
    ):
        done = subprocess.run(command, cwd=dist.ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    file, version = done.stdout.split()
    assert Path(file).is_relative_to(environment)
    assert version == openapi.load().version


def test_only_python_versions_of_this_machine_are_found() -> None:
    found = find_python(f"{sys.version_info.major}.{sys.version_info.minor}")
    assert found is not None
    assert found.is_file()
    assert find_python("3.99") is None


@pytest.fixture
def _simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate a missing Python 3.14, and a client for httpx2 that fails on 3.10."""

    def make(http_library: str, _: Path) -> Artefacts:
        return Artefacts(http_library, "1.0.0", Path(), {})

    def find(version: str) -> Path | None:
        return None if version == "3.14" else Path("bin", version)

    def try_out(python: Path, artefacts: Artefacts, kind: str, _: Path) -> InstallationTrial:
        if (python.name, artefacts.http_library) == ("3.10", "httpx2"):
            raise TrialError(f"the {kind} is broken")
        return InstallationTrial(f"{python.name}.1", 300, 9.96)

    for name, function in (("make", make), ("find_python", find), ("try_out", try_out)):
        monkeypatch.setattr(command_line, name, function)
    monkeypatch.setattr(sys, "argv", ["clients"])


@pytest.mark.usefixtures("_simulated")
def test_table_shows_what_passed_failed_and_was_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main() == 1
    table, progress = capsys.readouterr()
    assert (
        table
        == """\
Python   library  artefact  tests passed  seconds
3.10.1   httpx    wheel              300     10.0
3.10     httpx2   sdist           failed
3.11.1   httpx    sdist              300     10.0
3.11.1   httpx2   wheel              300     10.0
3.12.1   httpx    wheel              300     10.0
3.12.1   httpx2   sdist              300     10.0
3.13.1   httpx    sdist              300     10.0
3.13.1   httpx2   wheel              300     10.0
3.14     httpx    wheel          not run
3.14     httpx2   sdist          not run
"""
    )
    assert "clients: the sdist is broken\n" in progress


@pytest.mark.usefixtures("_simulated")
def test_a_missing_python_is_not_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["clients", "--python", "3.14"])
    assert command_line.main() == 0
    assert capsys.readouterr().out.count("not run") == 2


@pytest.mark.usefixtures("_simulated")
def test_ctrl_c_ends_with_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> InstallationTrial:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "try_out", interrupt)
    assert command_line.main() == 130
    assert capsys.readouterr().err.endswith("...\nclients: interrupted\n")
