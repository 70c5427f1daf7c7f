"""What was exchanged in a run, judged as it comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange.exchange import TransportFailure
from conformance.requirements import oracle_registry
from conformance.requirements.violations import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.requirements.oracle_registry import Judgement
    from conformance.spec.catalogue import Catalogue

__all__ = ["RunLog"]


class RunLog:
    """The evidence of a run and what it amounts to, requirement by requirement.

    Attributes:
        records: What there is to say on each requirement, by its id.
        exchanges: All exchanges, in order.
        sequences: The exchanges of each scenario that was judged as a whole, by its name.
        unanswered: How many documented calls got no answer.
        throttled: How many calls were told to come again later, to the last.
    """

    def __init__(self, catalogue: Catalogue, on_violation: Callable[[str, Exchange], None] | None = None) -> None:
        """Start empty; whoever wants to hear of each breach at once is told the requirement and the exchange."""
        self._on_violation = on_violation
        self._catalogue = catalogue
        self.records: dict[str, Tally] = {requirement.id: Tally() for requirement in catalogue}
        self.exchanges: list[Exchange] = []
        self.sequences: dict[str, tuple[Exchange, ...]] = {}
        self.unanswered = 0
        self.throttled = 0

    @property
    def broken(self) -> int:
        """How many requirements are broken so far."""
        return sum(record.violations > 0 for record in self.records.values())

    def add(self, exchange: Exchange) -> None:
        """Judge an exchange by every requirement that applies; raises `SuiteError`."""
        self.exchanges.append(exchange)
        if exchange.situation.documented and exchange.simple:
            self.unanswered += isinstance(exchange.outcome, TransportFailure)
        self.throttled += exchange.throttled and not exchange.deferred
        for key, judgement in oracle_registry.judge(exchange, self._catalogue).items():
            self._put_down(key, judgement, [exchange])

    def add_sequence(self, scenario: str, exchanges: Sequence[Exchange]) -> None:
        """Judge the exchanges of one scenario as a whole."""
        self.sequences[scenario] = tuple(exchanges)
        for key, judgement in oracle_registry.judge_sequence(scenario, exchanges).items():
            self._put_down(key, judgement, exchanges)

    def _put_down(self, key: str, judgement: Judgement, exchanges: Sequence[Exchange]) -> None:
        self.records[key].add(judgement, exchanges)
        if not judgement.passed and self._on_violation is not None:
            self._on_violation(key, exchanges[-1])
