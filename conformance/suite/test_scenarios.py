"""What no schema can express; nothing is judged here, see test_requirements.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.requirements.scenario_registry import Scenario


def test_scenario(scenario: Scenario, run: Run) -> None:
    lack = run.skip_reason(scenario)
    if lack is not None:
        pytest.skip(lack)
    run.play(scenario)
