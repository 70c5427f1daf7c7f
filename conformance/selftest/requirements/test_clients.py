"""What the requirements on other clients do not object to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.exchange import wire
from conformance.exchange.exchange import Form, Response
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


@pytest.mark.parametrize("scenario", ["calls-after-a-call-with-content", "calls-on-one-connection"])
def test_what_follows_each_answer_is_not_taken_for_a_misread_call(scenario: str) -> None:
    requirement = {"calls-after-a-call-with-content": "CLIENT-005", "calls-on-one-connection": "HTTP-010"}[scenario]
    first, *seen = played.sequences()[scenario]
    surplus = wire.read(b"HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n", "POST", ended=True)
    misread = [*seen[:-1], changed(seen[-1], status=404)]

    assert judged(requirement, scenario, [first, *misread]) is False
    assert judged(requirement, scenario, [changed(first, wire=surplus), *misread]) is None


@pytest.mark.parametrize(("status", "expected"), [(400, False), (404, True)])
def test_the_language_of_another_refusal_is_not_that_of_accept_language(status: int, expected: bool) -> None:  # noqa: FBT001 - likewise
    *seen, last = played.sequences()["calls-with-another-accept-language"]
    body = json.dumps({**last.response.json(), "error_msg": "批次不存在。"}, ensure_ascii=False).encode()

    found = judged("CLIENT-012", "calls-with-another-accept-language", [*seen, changed(last, status=status, body=body)])

    assert found is expected


@pytest.mark.parametrize(
    ("form", "name"), [(Form(tight=True), "without blanks after colons"), (Form(split=True), "in parts")]
)
def test_a_form_that_is_not_understood_is_named_alone(form: Form, name: str) -> None:
    seen = [
        changed(one, status=404) if one.request.form == form else one
        for one in played.sequences()["calls-in-other-forms"]
    ]

    assert judge_sequence("calls-in-other-forms", seen)["CLIENT-003"].expected.endswith(f", also {name}")
