"""Fixtures: a mock, the Prism that npm installs, and the distributed client."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.selftest.support.mock_client import MockClient, running_mock
from conformance.selftest.support.peers import prism
from scripts import npm
from scripts.client.package import HTTP_LIBRARIES
from scripts.environments.artefacts import Artefacts, make


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


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artefacts]:
    """Build the client for each HTTP library."""
    return {library: make(library, tmp_path_factory.mktemp(library)) for library in HTTP_LIBRARIES}


@pytest.fixture(scope="session", params=HTTP_LIBRARIES)
def artefacts(request: pytest.FixtureRequest, clients: dict[str, Artefacts]) -> Artefacts:
    """The client for one HTTP library."""
    return clients[request.param]
