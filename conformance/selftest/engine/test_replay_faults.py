"""A replayed finding is still broken on a mock with the fault, and fixed on one without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.engine.replay import ReplayVerdict
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.faults import FAULTS
from conformance.mock.settings import MockSettings
from conformance.selftest.support.judging import open_run
from conformance.selftest.support.replaying import record, replay_at

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = list(FAULTS)[::20]


@pytest.mark.parametrize("fault", SAMPLE)
def test_a_finding_is_still_broken_with_its_fault_and_fixed_without(fault: str, tmp_path: Path) -> None:
    requirement_id = FAULTS[fault].breaks[0]
    with open_run(fault) as run:
        path = record(run, requirement_id, tmp_path)

    with EmbeddedServer(MockSettings(faults=(fault,))) as mock:
        broken = replay_at(path, mock.url)
    with EmbeddedServer() as mock:
        fixed = replay_at(path, mock.url)

    assert (broken.outcome, fixed.outcome) == (ReplayVerdict.BROKEN, ReplayVerdict.FIXED), (broken.reason, fixed.reason)
    assert broken.finding is not None
    assert fixed.finding is None
