"""Fixtures: a mock per test, and both ways in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.selftest.support.client.doors import Door, blocking, in_asyncio
from conformance.selftest.support.mock_client import MockClient, running_mock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def mock() -> Iterator[MockClient]:
    """Run a mock of the test's own."""
    with running_mock() as dry_run:
        yield dry_run


@pytest.fixture(params=[blocking, in_asyncio], ids=["sync", "asyncio"])
def commit(request: pytest.FixtureRequest) -> Door:
    """Commit by each way in."""
    door: Door = request.param
    return door
