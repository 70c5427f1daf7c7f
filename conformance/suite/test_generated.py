"""The requests that Schemathesis generates from openapi.yaml; test_requirements.py checks the responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.requirements.scenario_registry import PHASES
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from conformance.suite.player import Player


@pytest.mark.parametrize("phase", [pytest.param(name, marks=pytest.mark.scenario(name)) for name in PHASES])
def test_phase(phase: str, player: Player) -> None:
    player.play(phase)
    reason = player.skip_reason(phase)
    if reason:
        pytest.skip(printable(reason))
