"""Runs with one seed are the same, in each interpreter and under plain pytest."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from conformance.proof.determinism import compare, repeat
from conformance.proof.runs import PlannedRun, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.proof.results import Result

HASH_SEEDS = (0, 1, 2, 4294967295)


def test_runs_with_one_seed_are_the_same(record: Callable[[Result], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    reports = [repeat(port, hash_seed, by_pytest=hash_seed == HASH_SEEDS[-1]) for hash_seed in HASH_SEEDS]
    result = compare(reports)
    record(result)

    assert result.objections == []
    assert result.digests == (perform(PlannedRun()).requests_sha256,)
