"""An exchange that was judged before is judged alike."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.exchange import wire
from conformance.mock.settings import MockSettings
from conformance.proof.direct import connecting
from conformance.proof.judging import judge_once
from conformance.requirements import oracle_registry
from conformance.requirements.oracle_registry import UndecidedError
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.exchange.exchange import Exchange


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    """Exchanges of a run on a mock with a fault."""
    connect = partial(connecting, MockSettings(faults=("error-code-11-in-chinese",)))
    run = Run(Settings(only=("ERR", "HTTP")), catalogue.load(), connect=connect)
    with run:
        for _ in run.events():
            pass
    return run.log.exchanges


def test_judgements_are_the_same_the_first_and_the_second_time(exchanges: list[Exchange]) -> None:
    judged = [_judged(exchange) for exchange in exchanges]

    assert [_once(exchange) for exchange in exchanges] == judged
    assert [_once(replace(exchange, number=1, scenario="another")) for exchange in exchanges] == judged
    assert not all(judgement.passed for judgements in judged for judgement in judgements.values())


def test_an_answer_with_other_octets_is_judged_again(exchanges: list[Exchange]) -> None:
    exchange = exchanges[-1]
    octets = wire.read(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx", "POST", ended=True)
    flawed = replace(exchange, outcome=replace(exchange.response, wire=octets))
    _once(exchange)

    assert _once(flawed) == _judged(flawed) != _judged(exchange)


def test_a_requirement_that_is_void_is_reported_each_time_with_the_number(
    exchanges: list[Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    def undecided(_: Exchange) -> None:
        raise UndecidedError("no reason")

    # Not used by another test, so that it was not judged before.
    first = replace(exchanges[0], request=replace(exchanges[0].request, target="/void"))
    second = replace(first, number=first.number + 1)
    voids: list[tuple[str, str]] = []

    entry = oracle_registry._exchange["HTTP-006"]  # noqa: SLF001 - no answer makes a requirement void
    monkeypatch.setitem(oracle_registry._exchange, "HTTP-006", replace(entry, ask=undecided))  # noqa: SLF001 - likewise
    for exchange in (first, second):
        judge_once(exchange, catalogue.load(), lambda key, reason: voids.append((key, reason)))

    assert [(key, reason.rpartition(" ")[2]) for key, reason in voids] == [
        ("HTTP-006", str(exchange.number)) for exchange in (first, second)
    ]


def _judged(exchange: Exchange) -> dict[str, oracle_registry.Judgement]:
    return oracle_registry.judge(exchange, catalogue.load())


def _once(exchange: Exchange) -> dict[str, oracle_registry.Judgement]:
    return judge_once(exchange, catalogue.load(), _not_void)


def _not_void(key: str, reason: str) -> None:
    pytest.fail(f"{key}: {reason}")
