"""Violations of a requirement, and the counts of its judgements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.requirements.scenario_registry import REGISTERED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.requirements.oracle_registry import Judgement

__all__ = ["Tally", "Violation"]


@dataclass(frozen=True)
class Violation:
    """A violation of a requirement.

    Attributes:
        judgement: The judgement of the oracle.
        exchange: The exchange with the violation; the last one of a sequence.
        before: The earlier exchanges of a sequence.
    """

    judgement: Judgement
    exchange: Exchange
    before: tuple[Exchange, ...] = ()

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """The sort key of examples, best first: those that need no validated batch, documented requests, small ones.

        Where the user names the batches, one that may be used up keeps a violation from being sent again.
        """
        steps = (*self.before, self.exchange)
        size = sum(exchange.request.size for exchange in steps)
        return any(map(_needs_ready, steps)), not self.exchange.situation.documented, size


def _needs_ready(exchange: Exchange) -> bool:
    """Return whether a request may use up a validated batch: one that it names, or one of its scenario."""
    scenario = REGISTERED.get(exchange.scenario)
    beside = scenario is not None and BatchState.READY in scenario.needs
    return beside or exchange.situation.batch in (BatchState.READY, BatchState.UNCERTAIN)


@dataclass
class Tally:
    """The counts of the judgements of one requirement in a run.

    Attributes:
        exercised: Number of answers, or sequences of answers, that were judged.
        violations: Number of violations among them.
        voids: Number of answers, or sequences of answers, that could not be judged, by a fault of the suite.
        void_reason: Why the first of them could not.
        smallest: The violation that is the best example; see `Violation.rank`.
        statuses: The statuses of the answers of each violation.
        observations: Number of times of each observation, where the documentation does not require anything.
    """

    exercised: int = 0
    violations: int = 0
    voids: int = 0
    void_reason: str = ""
    smallest: Violation | None = None
    statuses: set[frozenset[int]] = field(default_factory=set)
    observations: Counter[str] = field(default_factory=Counter)

    def add(self, judgement: Judgement, exchanges: Sequence[Exchange]) -> None:
        """Count one judgement."""
        self.exercised += 1
        if judgement.passed:
            if judgement.actual:
                self.observations[judgement.actual] += 1
            return
        self.violations += 1
        self.statuses.add(frozenset(exchange.status for exchange in exchanges))
        violation = Violation(judgement, exchanges[-1], tuple(exchanges[:-1]))
        if self.smallest is None or violation.rank < self.smallest.rank:
            self.smallest = violation

    def has_statuses_of(self, other: Tally) -> bool:
        """Return whether each violation has a status by which an answer violates another requirement."""
        wrong = frozenset[int]().union(*other.statuses)
        return not any(statuses.isdisjoint(wrong) for statuses in self.statuses)

    def add_void(self, reason: str) -> None:
        """Count an answer that could not be judged."""
        self.voids += 1
        self.void_reason = self.void_reason or reason
