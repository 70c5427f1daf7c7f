"""A difference in error_code alone counts if it is the same each time that the scenario is played."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.engine.log import TIMES_AGAIN, RunLog
from conformance.exchange.exchange import Exchange
from conformance.selftest.support.played import sequences
from conformance.spec import catalogue

SCENARIO, REQUIREMENT = "one-refusal-in-each-language", "ERR-007"


def with_code(exchange: Exchange, code: str) -> Exchange:
    body = json.dumps({**exchange.response.json(), "error_code": code}).encode()
    return replace(exchange, outcome=replace(exchange.response, body=body))


def differing(code: str) -> Sequence[Exchange]:
    first, second, *others = sequences()[SCENARIO]
    return [first, with_code(second, code), *others]


@pytest.mark.parametrize(
    ("codes", "violations"),
    [
        (["DRS.20000001"] * TIMES_AGAIN, 1),
        (["DRS.20000001"] * (TIMES_AGAIN - 1) + ["DRS.20000002"], 0),
        (["DRS.20000002"], 0),
    ],
)
def test_a_difference_in_the_code_counts_if_it_stays(codes: list[str], violations: int) -> None:
    log, later = RunLog(catalogue.load()), []

    def again(number: int) -> Sequence[Exchange]:
        later.append(number)
        return differing(codes[number - 1])

    log.add_sequence(SCENARIO, differing("DRS.20000001"), again)

    assert log.records[REQUIREMENT].violations == violations
    assert later == list(range(1, len(codes) + 1))


def test_a_scenario_without_a_difference_is_played_once() -> None:
    log = RunLog(catalogue.load())

    log.add_sequence(SCENARIO, sequences()[SCENARIO], lambda _: pytest.fail("it was played again"))

    assert log.records[REQUIREMENT].exercised == 1
    assert log.records[REQUIREMENT].violations == 0
