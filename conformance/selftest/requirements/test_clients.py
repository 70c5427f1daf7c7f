"""What the requirements on other clients do not object to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exchange.exchange import Response
from conformance.requirements.oracle_registry import judge_sequence
from conformance.selftest.support import played

if TYPE_CHECKING:
    from conformance.exchange.exchange import Exchange


def judged(requirement: str, scenario: str, seen: list[Exchange]) -> bool | None:
    judgement = judge_sequence(scenario, seen).get(requirement)
    return None if judgement is None else judgement.passed


def changed(seen: Exchange, **changes: Any) -> Exchange:  # noqa: ANN401 - fields of a response
    assert isinstance(seen.outcome, Response)
    return replace(seen, outcome=replace(seen.outcome, **changes))


@pytest.mark.parametrize(("count", "expected"), [(1, True), (3, False)])
def test_a_connection_may_be_closed_at_any_time_but_not_always(count: int, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    seen = played.sequences()["calls-that-close"]
    first = len(seen) - count
    closed = [
        changed(one, wire=replace(one.response.wire, ended=True)) if place >= first else one
        for place, one in enumerate(seen)
    ]

    assert judged("CLIENT-002", "calls-that-close", closed) is expected


@pytest.mark.parametrize(("status", "expected"), [(411, True), (501, False)])
def test_a_length_may_be_required(status: int, expected: bool) -> None:  # noqa: FBT001 - likewise
    *seen, chunked, annotated = played.sequences()["calls-in-each-framing"]

    assert (
        judged("CLIENT-004", "calls-in-each-framing", [*seen, changed(chunked, status=status), annotated]) is expected
    )


@pytest.mark.parametrize(("seconds", "expected"), [(0.1, False), (2.0, None)])
def test_a_slow_target_is_not_judged_on_when_it_answers(seconds: float, expected: bool | None) -> None:  # noqa: FBT001 - likewise
    usual, *seen = played.sequences()["calls-that-await-a-status"]
    late = [changed(one, wire=replace(one.response.wire, early=False)) for one in seen]

    found = judged("CLIENT-006", "calls-that-await-a-status", [changed(usual, seconds=seconds), *late])

    assert found is expected


@pytest.mark.parametrize(("octets", "expected"), [(1, True), (-1, True), (-1000, False), (1000, False)])
def test_the_length_for_head_may_depend_on_the_name_of_the_method(octets: int, expected: bool) -> None:  # noqa: FBT001 - likewise
    before, head, after, *others = played.sequences()["calls-with-head"]
    length = str(max(0, len(before.response.body) + octets))
    headers = (*(pair for pair in head.response.headers if pair[0] != "content-length"), ("content-length", length))

    found = judged("CLIENT-007", "calls-with-head", [before, changed(head, headers=headers), after, *others])

    assert found is expected
