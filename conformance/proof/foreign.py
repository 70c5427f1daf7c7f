"""Mutants of a server that others wrote: which of them the suite notices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KINDS", "ForeignMutant", "Outcome", "figures"]

Outcome = Literal["reported", "no verdict", "not started", "nothing"]
KINDS = ("reported", "no verdict", "missed", "unseen", "allowed", "equivalent", "not started")
"""What comes of a mutant, the first two of which mean that it is noticed, and the last three that it breaks no rule."""


@dataclass(frozen=True)
class ForeignMutant:
    """A run on a mutant, which ends with the first violation.

    Attributes:
        id: Line, operator and number of the change.
        operator: Name of the operator.
        outcome: What the run ends with: a violation, no verdict, or neither. A program may not even start.
        listed: Why nothing is to be reported: the mutant is "equivalent" to the server, or differs as is "allowed", or
            the difference is "unseen" since it takes calls that the suite does not send; "either" if the load of the
            machine decides whether it is; empty if it is not listed.
        total: Number of all mutants.
    """

    id: str
    operator: str
    outcome: Outcome
    listed: str
    total: int

    @property
    def objection(self) -> str:
        """The problem with this run, in a phrase; empty if there is none."""
        if self.listed == "either":
            return ""
        if self.outcome == "nothing":
            return "" if self.listed else "not noticed"
        return "noticed, but listed as not to be noticed" if self.listed else ""


def figures(runs: Sequence[ForeignMutant]) -> dict[str, Any]:
    """Return the number of the mutants by operator, and by what the suite says of them."""
    counts: dict[str, Counter[str]] = {}
    for run in sorted(runs, key=lambda run: run.operator):
        kind = (run.listed or "missed") if run.outcome == "nothing" else run.outcome
        kind = "unseen" if run.listed == "either" else kind
        counts.setdefault(run.operator, Counter())[kind] += 1
    return {operator: {kind: found[kind] for kind in KINDS} for operator, found in counts.items()}
