"""The connection without sockets shows a run what the real one shows it."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest

from conformance.config.settings import Settings
from conformance.engine.events import ExchangeRecorded
from conformance.engine.run import Run
from conformance.exchange.exchange import Exchange, Response
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.proof.conforming_servers import COMBINATIONS
from conformance.proof.direct import WireError, connecting
from conformance.spec import catalogue

SIMULTANEOUS = (
    "callers-at-the-same-time",
    "customers-at-the-same-time",
    "simultaneous-commits",
    "commits-of-several-batches-at-the-same-time",
    "simultaneous-calls-in-each-language",
)
MOMENTARY = ("content-length", "date", "retry-after", "x-request-id")
"""Headers of an answer whose values the mock makes up, or that depend on these, as the length of compressed ones."""
MADE_UP = re.compile("[0-9a-f]{32}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+")
"""An ID of a request, or a time."""
FAULTY = ("commit-all", "token-ignored-on-a-known-connection", "error-code-11-in-chinese")
VARIED = ("verbose", "strict", "chinese")
IN_TURN = "codes-of-one-node"
"""A variant that is left out, since each of simultaneous requests may be the third that it changes."""
MOCKS = {
    "mock": MockSettings(),
    # Of simultaneous requests, either may be the third.
    **{
        name: MockSettings(variants=tuple(v for v in COMBINATIONS[name] if v != "codes-of-one-node")) for name in VARIED
    },
    **{name: MockSettings(faults=(name,)) for name in FAULTY},
}


@pytest.mark.parametrize("name", MOCKS)
def test_both_connections_show_the_same_exchanges(name: str) -> None:
    with EmbeddedServer(MOCKS[name]) as mock:
        real = _facts(Run(Settings(target=mock.url), catalogue.load()))
    direct = _facts(Run(Settings(), catalogue.load(), connect=partial(connecting, MOCKS[name])))

    assert len(real) > 300
    assert direct == real


def test_a_fault_of_the_wire_needs_a_socket() -> None:
    run = Run(Settings(), catalogue.load(), connect=partial(connecting, MockSettings(faults=("answer-reset",))))
    _facts(run)

    assert run.abort is not None
    assert WireError.__name__ in run.abort.reason


def _facts(run: Run) -> list[tuple[object, ...]]:
    """Make a run and return what each exchange shows, without what the mock makes up."""
    with run:
        exchanges = [event.exchange for event in run.events() if isinstance(event, ExchangeRecorded)]
    # Which of several simultaneous calls is accepted, or put off, is left to chance.
    facts = [_fact(exchange) for exchange in exchanges if not exchange.deferred]
    alone = [fact for fact in facts if fact[0] not in SIMULTANEOUS]
    return alone + sorted(((fact[0], fact[-1]) for fact in facts if fact[0] in SIMULTANEOUS), key=repr)


def _fact(exchange: Exchange) -> tuple[object, ...]:
    outcome: object = exchange.outcome
    if isinstance(exchange.outcome, Response):
        response = exchange.outcome
        headers = [(name, "" if name in MOMENTARY else value) for name, value in response.headers]
        document = json.dumps(json.loads(response.body)) if response.body else ""
        outcome = (response.status, headers, MADE_UP.sub("", document))
    if exchange.scenario in SIMULTANEOUS:
        return exchange.scenario, exchange.request.method
    return exchange.scenario, exchange.request, exchange.situation, exchange.reused, outcome
