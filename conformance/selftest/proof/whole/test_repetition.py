"""Runs with one seed are the same, in each interpreter and under plain pytest."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from conformance.proof.determinism import compare, repeat
from conformance.proof.runs import PlannedRun, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.proof.results import Result

HASH_SEEDS = (0, 1, 2, 4294967295)


def test_runs_with_one_seed_are_the_same(record: Callable[[Result], None]) -> None:
    port = _port()
    reports = [repeat(port, hash_seed, by_pytest=hash_seed == HASH_SEEDS[-1]) for hash_seed in HASH_SEEDS]
    result = compare(reports)
    record(result)

    assert result.objections == []
    assert result.digests == (perform(PlannedRun()).requests_sha256,)


def _port() -> int:
    """Return a free port below those that the system gives to other programs."""
    for port in range(20000, 32000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    pytest.fail("no port is free")
