"""Violations of a requirement, and the count of what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.requirements.oracle_registry import Judgement

__all__ = ["Tally", "Violation"]


@dataclass(frozen=True)
class Violation:
    """A requirement was broken.

    Attributes:
        judgement: What the oracle said.
        exchange: The exchange that shows it; the last one of a sequence.
        before: The exchanges that led to it, in a sequence.
    """

    judgement: Judgement
    exchange: Exchange
    before: tuple[Exchange, ...] = ()

    @property
    def rank(self) -> tuple[bool, int]:
        """What makes it a good example, the least first: a documented request, and a small one."""
        size = sum(exchange.request.size for exchange in (*self.before, self.exchange))
        return not self.exchange.situation.documented, size


@dataclass
class Tally:
    """What a run has to say on one requirement.

    Attributes:
        exercised: How many answers, or sequences of them, were judged.
        breaches: How many of these broke it.
        smallest: The breach that takes the least to show, by a documented request if there is one.
        observations: What was seen where the documentation is silent, and how often.
    """

    exercised: int = 0
    violations: int = 0
    smallest: Violation | None = None
    observations: dict[str, int] = field(default_factory=dict)

    def add(self, judgement: Judgement, exchanges: Sequence[Exchange]) -> None:
        """Count one judgement."""
        self.exercised += 1
        if judgement.passed:
            if judgement.actual:
                self.observations[judgement.actual] = self.observations.get(judgement.actual, 0) + 1
            return
        self.violations += 1
        violation = Violation(judgement, exchanges[-1], tuple(exchanges[:-1]))
        if self.smallest is None or violation.rank < self.smallest.rank:
            self.smallest = violation
