"""The requests that no schema can express; test_requirements.py checks the responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.spec.characters import printable

if TYPE_CHECKING:
    from conformance.suite.player import Player


def test_scenario(scenario: str, player: Player) -> None:
    player.play(scenario)
    reason = player.skip_reason(scenario)
    if reason:
        pytest.skip(printable(reason))
