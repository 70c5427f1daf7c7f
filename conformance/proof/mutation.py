"""The reverse: a suite with one worthless oracle, and whether the proof notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance import oracles
from conformance.proof.detection import Trial
from conformance.proof.false_positives import PLAIN, Visit
from conformance.proof.runs import Job, Mutation
from conformance.server.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.proof.runs import Run

__all__ = ["Mutant", "all_mutations", "hunt"]


@dataclass(frozen=True)
class Mutant:
    """A mutation of the suite, and what noticed it.

    Attributes:
        mutation: The mutation.
        noticed_by: Fault, or "mock" for the mock without one, whose run came out wrong; None if none did.
        seen: What was wrong there.
        runs: How many runs it took.
    """

    mutation: Mutation
    noticed_by: str | None
    seen: str
    runs: int


def all_mutations() -> list[Mutation]:
    """Return each oracle, dropped and negated."""
    return [Mutation(key, how) for key in sorted(oracles.judged_ids()) for how in ("dropped", "negated")]


def hunt(
    mutations: Sequence[Mutation],
    perform: Callable[[list[Job]], list[Run]],
    unreliable: frozenset[str] = frozenset(),
) -> list[Mutant]:
    """Try each mutation on what should notice it, one thing after another until something does.

    Args:
        mutations: The mutations.
        perform: Makes runs.
        unreliable: Faults whose runs come out wrong without any mutation, so that they prove nothing.
    """
    attempts = {mutation: _candidates(mutation, unreliable) for mutation in mutations}
    found: dict[Mutation, Mutant] = {}
    tried = dict.fromkeys(mutations, 0)
    while open_ones := [mutation for mutation in mutations if mutation not in found and attempts[mutation]]:
        names = [attempts[mutation].pop(0) for mutation in open_ones]
        planned = [
            Job(fault=None if name == PLAIN else name, mutation=mutation)
            for name, mutation in zip(names, open_ones, strict=True)
        ]
        for name, mutation, run in zip(names, open_ones, perform(planned), strict=True):
            tried[mutation] += 1
            if seen := _objection(name, run):
                found[mutation] = Mutant(mutation, name, seen, tried[mutation])
    return [found.get(mutation, Mutant(mutation, None, "", tried[mutation])) for mutation in mutations]


def _candidates(mutation: Mutation, unreliable: frozenset[str]) -> list[str]:
    """Return what should notice a mutation: the faults of a dropped oracle, and the mock of a negated one first."""
    faults = [name for name, fault in FAULTS.items() if mutation.oracle in fault.breaks and name not in unreliable]
    if mutation.how == "negated":
        return [PLAIN, *faults]
    # Nothing breaks what is only observed; the mock must notice that it is no longer observed.
    return faults or [PLAIN]


def _objection(name: str, run: Run) -> str:
    if name == PLAIN:
        return Visit(PLAIN, 1, run).objection
    return Trial(name, 1, frozenset(FAULTS[name].breaks), run).objection
