"""What no schema can express; nothing is judged here, see test_requirements.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.engine.run import Campaign
    from conformance.requirements.scenario_registry import Scenario


def test_scenario(scenario: Scenario, campaign: Campaign) -> None:
    lack = campaign.lacks(scenario)
    if lack is not None:
        pytest.skip(lack)
    campaign.play(scenario)
