"""What callers are told agrees with what a server did, over many calls; `soak.py` makes more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client.runtime import retries
from drs_batch_client.runtime.delivery import Delivery

from conformance.selftest.support.client.soak import soak
from conformance.selftest.support.client.soak_server import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 540
"""Each way to call, with each kind of credentials."""

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # loops that were closed


@pytest.mark.parametrize("seed", [1, 2])
def test_what_callers_are_told_agrees_with_what_the_server_did(seed: int) -> None:
    report = soak(CALLS, seed)
    assert report.disagreements == []
    assert {"job", "cancelled", "RefusedError", "OutcomeUnknownError"} <= report.told.keys()


def test_a_seed_plans_the_same() -> None:
    plans = [plan_of(f"1-{number}") for number in range(100)]
    assert plans == [plan_of(f"1-{number}") for number in range(100)]
    assert plans != [plan_of(f"2-{number}") for number in range(100)]


def never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Delivery, "was_sent", lambda *_, **__: False)


def blind_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_TRANSIENT", (httpx.RemoteProtocolError,))


@pytest.mark.parametrize(
    ("break_the_client", "seen"), [(never_sent, "told that nothing was"), (blind_retries, "committed twice")]
)
def test_a_client_that_is_wrong_is_noticed(
    break_the_client: Callable[[pytest.MonkeyPatch], None], seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_the_client(monkeypatch)
    assert any(text.startswith(seen) for text in soak(60, 1).disagreements)
