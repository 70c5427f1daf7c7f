"""Tests that npm packages are pinned without an address, installed once, and that failures are reported."""

import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from conformance.selftest.support.peers import prism
from scripts import npm
from scripts.spec import linters


@pytest.mark.parametrize("lock", [prism.LOCK, linters.LOCK], ids=["peers", "spec"])
def test_each_package_is_pinned_by_hash_without_an_address(lock: Path) -> None:
    packages = json.loads((lock / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    root = packages.pop("")
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in root["dependencies"].values())
    assert len(packages) > 100
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_installed_packages_are_not_installed_again(prism_program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("npm was run")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert prism.install() == prism_program
    assert prism_program.is_file()


def test_a_failing_npm_is_reported_and_leaves_no_stamp(tmp_path: Path) -> None:
    lock, target = tmp_path / "lock", tmp_path / "target"
    lock.mkdir()
    (lock / "package.json").write_text('{"private": true}', encoding="utf-8")
    for _ in range(2):
        with pytest.raises(npm.NpmError, match=r"npm ci failed in .*target") as raised:
            npm.install(lock, target)
        assert "package-lock.json" in str(raised.value)
    assert not (target / "installed").exists()


def test_the_error_of_a_prism_that_does_not_start_is_reported(prism_program: Path) -> None:
    server = prism.running(prism_program, "--no-such-option")
    with pytest.raises(prism.StartError, match="Unknown arguments: such-option"), server:
        pass


def test_prism_is_stopped_after_the_block_even_if_the_block_fails(prism_program: Path) -> None:
    servers = []

    def fail_while_it_runs() -> None:
        with prism.running(prism_program) as server:
            servers.append(server)
            raise RuntimeError("deliberately")

    with pytest.raises(RuntimeError, match="deliberately"):
        fail_while_it_runs()
    assert servers[0].ended() != 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(servers[0].url, trust_env=False)
