"""Fixtures: a mock, and the Prism that npm installs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.selftest.support.mock_client import MockClient, running_mock
from conformance.selftest.support.peers import prism
from scripts import npm


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the SDK from writing its application ID to the home directory, and all clients from using a proxy."""
    # Package installers have their caches there; without them each test would download the packages.
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def mock() -> Iterator[MockClient]:
    """Run a mock for one test."""
    with running_mock() as mock_client:
        yield mock_client


@pytest.fixture(scope="session")
def prism_program() -> Path:
    """Install Prism if it is missing, and return its program."""
    try:
        return prism.install()
    except npm.NpmError as error:
        pytest.fail(str(error), pytrace=False)
