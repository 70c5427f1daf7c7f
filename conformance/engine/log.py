"""The log of a run: every exchange, judged as soon as it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.engine.events import ExchangeRecorded, ViolationFound
from conformance.exchange.exchange import Response, TransportFailure
from conformance.requirements import oracle_registry
from conformance.requirements.violations import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.engine.events import Event
    from conformance.exchange.exchange import Exchange
    from conformance.requirements.oracle_registry import Judgement
    from conformance.spec.catalogue import Catalogue

__all__ = ["RunLog"]


class RunLog:
    """Records the exchanges of a run and tallies the judgements on each requirement.

    Attributes:
        records: The tally of each requirement, by its ID.
        exchanges: All exchanges, in order.
        unanswered: Number of documented calls that got no answer.
        throttled: Number of calls that the target kept asking to retry later.
    """

    def __init__(self, catalogue: Catalogue, emit: Callable[[Event], None] = lambda _: None) -> None:
        """Start an empty log; `emit` is called for each exchange and each violation."""
        self._emit = emit
        self._catalogue = catalogue
        self.records: dict[str, Tally] = {requirement.id: Tally() for requirement in catalogue}
        self.exchanges: list[Exchange] = []
        self._unjudged: list[Exchange] = []
        self.unanswered = 0
        self.throttled = 0

    @property
    def broken(self) -> int:
        """Number of requirements that are violated so far."""
        return sum(record.violations > 0 for record in self.records.values())

    def add(self, exchange: Exchange) -> None:
        """Record an exchange and judge it by every requirement that applies; raises `SuiteError`."""
        self.exchanges.append(exchange)
        if exchange.situation.documented and exchange.simple:
            self.unanswered += isinstance(exchange.outcome, TransportFailure)
        self.throttled += exchange.throttled and not exchange.deferred
        self._emit(ExchangeRecorded(exchange))
        self._unjudged.append(exchange)
        if isinstance(exchange.outcome, Response):
            self.judge()

    def judge(self) -> None:
        """Judge the last exchanges without an answer.

        They are judged only after the next answer, or at the end of the run: those after which the target has gone are
        not judged, since a server that stops breaks no requirement.
        """
        for exchange in self._unjudged:
            for key, judgement in oracle_registry.judge(exchange, self._catalogue).items():
                self._add_judgement(key, judgement, [exchange])
        self._unjudged.clear()

    def add_sequence(self, scenario: str, exchanges: Sequence[Exchange]) -> None:
        """Judge the exchanges of one scenario as a whole."""
        for key, judgement in oracle_registry.judge_sequence(scenario, exchanges).items():
            self._add_judgement(key, judgement, exchanges)

    def _add_judgement(self, key: str, judgement: Judgement, exchanges: Sequence[Exchange]) -> None:
        self.records[key].add(judgement, exchanges)
        if not judgement.passed:
            self._emit(ViolationFound(key, exchanges[-1]))
