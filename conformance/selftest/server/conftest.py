"""Fixtures: a mock per test, and one shared by the tests that leave nothing behind."""

from collections.abc import Iterator

import pytest

from conformance.selftest.server.rehearsal import Rehearsal, rehearsed


@pytest.fixture
def mock() -> Iterator[Rehearsal]:
    """Run a mock of the test's own."""
    with rehearsed() as rehearsal:
        yield rehearsal


@pytest.fixture(scope="session")
def shared_mock() -> Iterator[Rehearsal]:
    """Run a mock for tests that never switch faults or remove batches."""
    with rehearsed() as rehearsal:
        yield rehearsal
