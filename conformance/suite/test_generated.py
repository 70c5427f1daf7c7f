"""The requests that Schemathesis generates from openapi.yaml; test_requirements.py checks the responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis

from conformance.requirements.phases import HYPOTHESIS_SETTINGS, Sender, schema
from conformance.spec import openapi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import Case
    from schemathesis.schemas import BaseSchema

    from conformance.suite.player import Player


@pytest.fixture
def sender(player: Player, request: pytest.FixtureRequest) -> Iterator[Sender | None]:
    """Sends the requests of this phase; None if they have been sent, for a test that pytest ran earlier."""
    with player.phase(request.node.get_closest_marker("scenario").args[0]) as to_play:
        yield Sender(player.run.session) if to_play else None
    if player.run.abort is not None:
        pytest.skip(player.run.abort.reason)


@pytest.fixture
def generated(player: Player, sender: Sender | None, request: pytest.FixtureRequest) -> BaseSchema:
    del sender  # it begins the phase, on which the ID of the batch depends
    session = player.run.session
    return schema(
        request.node.get_closest_marker("scenario").args[0],
        openapi.load(),
        session.account.project_id,
        session.batches.unknown(),
        session.seed,
    )


def _send(case: Case[Any], sender: Sender | None, player: Player) -> None:
    if sender is not None and player.run.abort is None:
        with player.run.sending():
            sender.send(case)


@pytest.mark.scenario("examples")
@schemathesis.pytest.from_fixture("generated").parametrize()
@HYPOTHESIS_SETTINGS
def test_examples(case: Case[Any], sender: Sender | None, player: Player) -> None:
    _send(case, sender, player)


@pytest.mark.scenario("coverage")
@schemathesis.pytest.from_fixture("generated").parametrize()
@HYPOTHESIS_SETTINGS
def test_coverage(case: Case[Any], sender: Sender | None, player: Player) -> None:
    _send(case, sender, player)


@pytest.mark.scenario("fuzzing")
@schemathesis.pytest.from_fixture("generated").parametrize()
@HYPOTHESIS_SETTINGS
def test_fuzzing(case: Case[Any], sender: Sender | None, player: Player) -> None:
    _send(case, sender, player)
