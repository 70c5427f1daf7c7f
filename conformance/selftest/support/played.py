"""The exchanges of a run on the mock, of every scenario and phase, to be judged with other answers."""

from __future__ import annotations

import functools
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.mock.settings import MockSettings
from conformance.proof.direct import connecting
from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

__all__ = ["exchanges", "sequences"]


@functools.cache
def _run() -> tuple[list[Exchange], dict[str, list[Exchange]]]:
    """Return the exchanges of a run, and those of each scenario that is judged as a whole."""
    whole: dict[str, list[Exchange]] = {}
    with Run(Settings(profile="full"), catalogue.load(), connect=partial(connecting, MockSettings())) as run:
        judge = run.log.add_sequence

        def add_sequence(scenario: str, seen: Sequence[Exchange], *again: Any) -> None:  # noqa: ANN401 - passed on
            whole[scenario] = list(seen)
            judge(scenario, seen, *again)

        setattr(run.log, "add_sequence", add_sequence)  # noqa: B010 - it is a method
        list(run.events())
    return run.log.exchanges, whole


def exchanges() -> list[Exchange]:
    return _run()[0]


def sequences() -> dict[str, list[Exchange]]:
    return _run()[1]
