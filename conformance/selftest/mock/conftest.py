"""Fixtures: one mock per test, and one that tests without lasting effects share."""

from collections.abc import Iterator

import pytest

from conformance.selftest.support.mock_client import MockClient, running_mock


@pytest.fixture
def mock() -> Iterator[MockClient]:
    """Run a mock for one test."""
    with running_mock() as mock_client:
        yield mock_client


@pytest.fixture(scope="session")
def shared_mock() -> Iterator[MockClient]:
    """Run a mock for tests that neither switch faults nor remove batches."""
    with running_mock() as mock_client:
        yield mock_client
