"""The log of a run: every exchange, judged as soon as it is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.engine.events import ExchangeRecorded, ViolationFound
from conformance.exchange.exchange import Response, TransportFailure
from conformance.requirements import oracle_registry
from conformance.requirements.oracle_registry import KEPT
from conformance.requirements.violations import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.engine.events import Event
    from conformance.exchange.exchange import Exchange
    from conformance.requirements.oracle_registry import Judge, Judgement
    from conformance.spec.catalogue import Catalogue

__all__ = ["RunLog", "is_shortened"]

TIMES_AGAIN = 3
"""Times that a scenario is played again if answers differ in their error_code alone."""

HEADERS_KEPT = 200
"""Header lines of an answer that a log keeps; of its body, it keeps `KEPT` octets."""


class RunLog:
    """Records the exchanges of a run and tallies the judgements on each requirement.

    Attributes:
        records: The tally of each requirement, by its ID.
        exchanges: All exchanges, in order, each without the rest of a long answer; see `is_shortened`.
        unanswered: Number of documented calls that got no answer.
        throttled: Number of calls that the target kept asking to retry later.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        emit: Callable[[Event], None] = lambda _: None,
        judge: Judge = oracle_registry.judge,
    ) -> None:
        """Start an empty log; `emit` is called for each exchange and each violation, `judge` to judge an exchange."""
        self._emit = emit
        self._judge = judge
        self._catalogue = catalogue
        self.records: dict[str, Tally] = {requirement.id: Tally() for requirement in catalogue}
        self.exchanges: list[Exchange] = []
        self.unanswered = 0
        self.throttled = 0

    @property
    def broken(self) -> int:
        """Number of requirements that are violated so far."""
        return sum(record.violations > 0 for record in self.records.values())

    def add(self, exchange: Exchange) -> None:
        """Record an exchange and judge it by every requirement that applies."""
        kept = _shortened(exchange)
        self.exchanges.append(kept)
        if exchange.situation.documented and exchange.simple:
            self.unanswered += isinstance(exchange.outcome, TransportFailure)
        self.throttled += exchange.throttled and not exchange.deferred
        self._emit(ExchangeRecorded(kept))
        for key, judgement in self._judge(exchange, self._catalogue, self._add_void).items():
            self._add_judgement(key, judgement, [exchange], kept)

    def add_sequence(
        self, scenario: str, exchanges: Sequence[Exchange], again: Callable[[int], Sequence[Exchange]] | None = None
    ) -> None:
        """Judge the exchanges of one scenario as a whole.

        Args:
            scenario: The name of the scenario.
            exchanges: Its exchanges, in order.
            again: Plays it again, a number of requests later. A difference in error_code alone counts if it is the same
                each time.
        """
        judgements = oracle_registry.judge_sequence(scenario, exchanges, self._add_void)
        for later in range(1, TIMES_AGAIN + 1):
            if again is None or not any(judgement.by_code for judgement in judgements.values()):
                break
            repeated = oracle_registry.judge_sequence(scenario, again(later), self._add_void)
            judgements = {
                key: judgement
                for key, judgement in judgements.items()
                if not judgement.by_code or repeated.get(key) == judgement
            }
        for key, judgement in judgements.items():
            self._add_judgement(key, judgement, exchanges, _shortened(exchanges[-1]))

    def _add_judgement(self, key: str, judgement: Judgement, exchanges: Sequence[Exchange], last: Exchange) -> None:
        self.records[key].add(judgement, exchanges)
        if not judgement.passed:
            self._emit(ViolationFound(key, last))

    def _add_void(self, key: str, reason: str) -> None:
        self.records[key].add_void(reason)


def is_shortened(exchange: Exchange) -> bool:
    """Return whether an exchange of a log lacks the rest of its answer, so that it cannot be judged again."""
    outcome = exchange.outcome
    return isinstance(outcome, Response) and (len(outcome.body) > KEPT or len(outcome.headers) > HEADERS_KEPT)


def _shortened(exchange: Exchange) -> Exchange:
    """Return an exchange without the rest of a long answer, as the answers of a whole run may fill the memory."""
    outcome = exchange.outcome
    if not isinstance(outcome, Response) or not is_shortened(exchange):
        return exchange
    headers, body = outcome.headers[: HEADERS_KEPT + 1], outcome.body[: KEPT + 1]
    return replace(exchange, outcome=replace(outcome, headers=headers, body=body))
