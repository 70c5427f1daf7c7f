"""Each fault is reported exactly once under each requirement that it breaks, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.mock.faults import FAULTS
from conformance.proof.detection import UNSEEN, FaultRun
from conformance.proof.runs import PlannedRun, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.proof.results import Result

# Those of the wire wait for answers that do not come, so they begin first.
ORDER = sorted(FAULTS, key=lambda name: not FAULTS[name].wire)


@pytest.mark.parametrize("name", ORDER)
def test_a_fault_is_reported_once_under_each_requirement_that_it_breaks(
    name: str, record: Callable[[Result], None]
) -> None:
    run = FaultRun(name, 1, frozenset(FAULTS[name].breaks), perform(PlannedRun(fault=name)))
    record(run)

    assert run.objection == ""


def test_a_fault_is_noticed_where_the_user_names_the_batches(name: str, record: Callable[[Result], None]) -> None:
    expected = frozenset(FAULTS[name].breaks)
    run = FaultRun(name, 1, expected, perform(PlannedRun(fault=name, named=True)), named=True)
    record(run)

    assert run.noticed == (name not in UNSEEN)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.function is test_a_fault_is_noticed_where_the_user_names_the_batches:
        metafunc.parametrize("name", ORDER if metafunc.config.getoption("--named") else sorted(UNSEEN))
