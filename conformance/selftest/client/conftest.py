"""Fixtures: a mock for each test, and both ways to connect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drs_batch_client.runtime import deadlines

from conformance.selftest.support.client.doors import Door, blocking, in_asyncio
from conformance.selftest.support.mock_client import MockClient, running_mock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Clock:
    """A clock that a test sets, in seconds."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of all deadlines."""
    clock = Clock()
    monkeypatch.setattr(deadlines, "time", clock)
    return clock


@pytest.fixture
def mock() -> Iterator[MockClient]:
    """Run a mock for one test."""
    with running_mock() as mock_client:
        yield mock_client


@pytest.fixture(params=[blocking, in_asyncio], ids=["sync", "asyncio"])
def commit(request: pytest.FixtureRequest) -> Door:
    """Commit by `connect` and by `connect_async`."""
    door: Door = request.param
    return door
