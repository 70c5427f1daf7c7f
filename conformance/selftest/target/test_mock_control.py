"""Anything may call itself the mock; what it says is believed only if it can be used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Response, TransportFailure
from conformance.target import mock_control
from conformance.target.mock_control import MockControl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Request
    from conformance.exchange.transport import Outcome

TRUTH = {
    "mock": "drs",
    "token": "t",
    "project_id": "p",
    "foreign_project_id": "f",
    "foreign_token": "o",
    "expired_token": "e",
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("x" * 5000),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


@dataclass
class Fixed:
    """A transport on which each request has the same outcome."""

    outcome: Outcome
    sent: int = 0

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        del repeatable
        self.sent += len(requests)
        return [self.outcome] * len(requests)

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        return self.send(requests, repeatable=repeatable)


def discovered(description: object, more: bytes = b"") -> MockControl | None:
    answer = Response(200, (), json.dumps(description).encode() + more)
    return MockControl.discover(Fixed(answer), seed=1)


@given(st.dictionaries(st.sampled_from([*TRUTH]), values) | values)
def test_what_cannot_be_used_is_not_the_mock(description: object) -> None:
    lies = {**TRUTH, **description} if isinstance(description, dict) else description

    control = discovered(lies)

    if control is not None:
        told = [getattr(control, name) for name in TRUTH if name != "mock"]
        assert all(isinstance(text, str) and text.isascii() and 0 < len(text) <= 4096 for text in told)


@pytest.mark.parametrize("missing", ["expired_token", "foreign_token"])
def test_a_mock_that_names_one_token_less_is_the_mock(missing: str) -> None:
    control = discovered({name: value for name, value in TRUTH.items() if name != missing})

    assert control is not None
    assert getattr(control, missing) is None


def test_a_long_description_is_not_read() -> None:
    assert discovered(TRUTH) is not None
    assert discovered(TRUTH, b" " * mock_control.LONGEST_DESCRIPTION) is None


@pytest.mark.parametrize(
    ("outcome", "sent", "message"),
    [
        (Response(409, (), b"{}"), mock_control.MOST_CONFLICTS, "has had 1000"),
        (Response(500, (), b"x" * 1000), 1, "status 500$"),
        (TransportFailure("timeout", "no answer"), 1, "no answer"),
    ],
)
def test_a_mock_that_creates_no_batch_ends_the_run(outcome: Outcome, sent: int, message: str) -> None:
    transport = Fixed(outcome)
    control = MockControl(transport, TRUTH, seed=1)

    with pytest.raises(ConnectionError, match=message):
        control.create(BatchState.READY)

    assert transport.sent == sent
