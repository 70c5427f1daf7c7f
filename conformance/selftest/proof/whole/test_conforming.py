"""Nothing is reported for a conforming server, however unusual it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.false_positives import ServerRun
from conformance.proof.runs import PlannedRun, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.proof.results import Result

SEEDS = 10
"""Each server runs with two seeds; together, they run with all of these."""
RUNS = [
    (name, (number + half) % SEEDS + 1)
    for number, name in enumerate(sorted(CONFORMING_SERVERS, key=lambda name: name != "slow"))
    for half in (0, SEEDS // 2)
]


@pytest.mark.parametrize(("name", "seed"), RUNS, ids=str)
def test_nothing_is_reported_for_a_conforming_server(name: str, seed: int, record: Callable[[Result], None]) -> None:
    run = ServerRun(name, seed, perform(PlannedRun(server=name, seed=seed)))
    record(run)

    assert run.objection == ""
    # A requirement may not apply, such as one about a 405 if another method is answered with 404.
    assert len(run.run.unexercised) <= 3
