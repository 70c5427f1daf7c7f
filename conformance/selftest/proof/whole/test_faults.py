"""Each fault is reported exactly once under each requirement that it breaks, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.mock.faults import FAULTS
from conformance.proof.detection import FaultRun
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
