"""Tests that a run names no batch that it, or another run, may have committed, as the ledger has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.config.settings import Settings
from conformance.errors import NoBatchError
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Response, TransportFailure
from conformance.selftest.support.invented_exchanges import BATCH, exchange
from conformance.target.batches import REFUSED_STATES, Batches
from conformance.target.ledger import Ledger, open_ledger

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "http://localhost:1"


def _batches(ledger: Ledger | None, *ready: str) -> Batches:
    return Batches({BatchState.READY: ready}, seed=1, provider=None, ledger=ledger)


def test_used_batches_are_skipped(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    ledger.claim("b1")
    ledger.claim("b3")
    batches = _batches(ledger, "b1", "b2", "b3", "B2 ", "b4")

    assert [batches.allocate(BatchState.READY) for _ in range(2)] == ["b2", "b4"]
    with pytest.raises(
        NoBatchError, match=r"since 3 have been used before, such as b1 \(.*, http://localhost:1\); name one"
    ):
        batches.allocate(BatchState.READY)


def test_batches_that_other_runs_have_used_are_not_available(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    batches = _batches(ledger, "b1", "b2")

    assert batches.has(BatchState.READY)
    Ledger(tmp_path, TARGET).claim("b1")
    assert batches.has(BatchState.READY)
    Ledger(tmp_path, TARGET).claim("b2")
    assert not batches.has(BatchState.READY)
    with pytest.raises(NoBatchError, match="since 2 have been used before, such as b1"):
        batches.allocate(BatchState.READY)


def test_a_run_reuses_its_reusable_ready_batch(tmp_path: Path) -> None:
    batches = _batches(Ledger(tmp_path, TARGET), "b1")

    assert [batches.reusable_ready() for _ in range(3)] == ["b1"] * 3


def test_batches_in_other_states_are_reused_and_not_recorded(tmp_path: Path) -> None:
    named = {BatchState.FAILED: ["b1"], BatchState.COMMITTED: ["b1"]}
    for _ in range(2):
        batches = Batches(named, seed=1, provider=None, ledger=Ledger(tmp_path, TARGET))
        assert batches.allocate(BatchState.FAILED) == batches.allocate(BatchState.COMMITTED) == "b1"
    assert list(tmp_path.iterdir()) == []


def test_created_batches_are_not_recorded(tmp_path: Path) -> None:
    class Provider:
        def begin(self, scenario: str) -> None:
            """Do nothing."""

        def create(self, *_: object, **__: object) -> str:
            return "b1"

    batches = Batches({}, seed=1, provider=Provider(), ledger=Ledger(tmp_path, TARGET))

    assert batches.allocate(BatchState.READY) == batches.allocate(BatchState.READY) == "b1"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("state", REFUSED_STATES)
@pytest.mark.parametrize("status", [400, 500, 200, None], ids=["refused", "failed", "committed", "interrupted"])
def test_a_batch_is_recorded_before_it_is_named(state: BatchState, status: int | None, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, TARGET)
    batches = Batches({state: [BATCH]}, seed=1, provider=None, ledger=ledger)
    answered = exchange(Response(status or 400, (), b""), state=state)

    batches.announce([answered.request])
    assert ledger.used([BATCH])
    if status is not None:
        batches.update(answered)

    refused = status == 400
    assert bool(ledger.used([BATCH])) is not refused
    assert Batches({state: [BATCH]}, seed=1, provider=None, ledger=ledger).has(state) is refused


@pytest.mark.parametrize("state", REFUSED_STATES)
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("statuses", [(400, None), (None, 400), (400, None, 400), (400, 400)])
def test_a_batch_of_several_requests_is_released_only_if_all_are_refused(
    statuses: tuple[int | None, ...], *, together: bool, state: BatchState, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path, TARGET)
    batches = Batches({state: [BATCH]}, seed=1, provider=None, ledger=ledger)
    outcomes = [Response(status, (), b"") if status else TransportFailure("timeout", "") for status in statuses]
    answered = [exchange(outcome, state=state) for outcome in outcomes]

    for group in [answered] if together else [[one] for one in answered]:
        batches.announce([one.request for one in group])
        for one in group:
            batches.update(one)

    assert bool(ledger.used([BATCH])) is (None in statuses)


@pytest.mark.parametrize("used", [[], [BATCH]], ids=["new", "used before"])
def test_a_batch_that_is_said_to_be_committed_is_recorded_for_good_when_it_is_named(
    used: list[str], tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path, TARGET)
    assert all(map(ledger.claim, used))
    batches = Batches({BatchState.COMMITTED: [BATCH]}, seed=1, provider=None, ledger=ledger)
    refused = exchange(Response(400, (), b""), state=BatchState.COMMITTED)

    for _ in range(2):
        batches.announce([refused.request])
        batches.update(refused)

    assert ledger.used([BATCH])
    assert batches.has(BatchState.COMMITTED)
    assert not _batches(ledger, BATCH).has(BatchState.READY)


def test_a_run_with_committed_batches_alone_has_a_ledger(tmp_path: Path) -> None:
    settings = Settings(target=TARGET, profile="full", committed_jobs=(BATCH,), ledger=tmp_path)

    assert open_ledger(settings) is not None
    assert open_ledger(replace(settings, committed_jobs=())) is None
