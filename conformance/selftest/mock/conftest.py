"""Fixtures: one mock per test, and one that tests without lasting effects share."""

from collections.abc import Iterator

import pytest

from conformance.selftest.support.rehearsal import Rehearsal, rehearsed


@pytest.fixture
def mock() -> Iterator[Rehearsal]:
    """Run a mock for one test."""
    with rehearsed() as rehearsal:
        yield rehearsal


@pytest.fixture(scope="session")
def shared_mock() -> Iterator[Rehearsal]:
    """Run a mock for tests that neither switch faults nor remove batches."""
    with rehearsed() as rehearsal:
        yield rehearsal
