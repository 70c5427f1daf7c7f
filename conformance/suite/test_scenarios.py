"""The requests that no schema can express; test_requirements.py checks the responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.requirements.scenario_registry import Scenario


def test_scenario(scenario: Scenario, run: Run) -> None:
    reason = run.skip_reason(scenario)
    if reason is not None:
        pytest.skip(reason)
    run.play(scenario)
