"""Nothing is reported for a conforming server, however unusual it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.false_positives import ServerRun
from conformance.proof.runs import PlannedRun, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conformance.proof.results import Result

SEEDS = 10
"""Number of the seeds that the runs share."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each server with one seed, or as many as --seeds says."""
    names = sorted(CONFORMING_SERVERS, key=lambda name: name != "slow")
    count = metafunc.config.getoption("--seeds", default=1)
    runs = [
        (name, (number + SEEDS // 2 * turn) % SEEDS + 1) for number, name in enumerate(names) for turn in range(count)
    ]
    metafunc.parametrize(("name", "seed"), runs, ids=[f"{name}-{seed}" for name, seed in runs])


def test_nothing_is_reported_for_a_conforming_server(name: str, seed: int, record: Callable[[Result], None]) -> None:
    run = ServerRun(name, seed, perform(PlannedRun(server=name, seed=seed)))
    record(run)

    assert run.objection == ""
    # A requirement may not apply, such as one about a 405 if another method is answered with 404, about calls on one
    # connection if each answer ends it, or about Date if there is none.
    assert len(run.run.unexercised) <= 6
