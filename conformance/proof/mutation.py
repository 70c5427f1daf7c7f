"""Mutation of the suite: disable or invert one check, and see whether the proof detects it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.mock.faults import FAULTS
from conformance.proof.detection import FaultRun
from conformance.proof.false_positives import PLAIN_MOCK, ServerRun
from conformance.proof.runs import Mutation, PlannedRun
from conformance.requirements import oracle_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.proof.runs import SuiteRun

__all__ = ["MutationResult", "all_mutations", "run_mutations"]


@dataclass(frozen=True)
class MutationResult:
    """A mutation, and the run that detected it.

    Attributes:
        mutation: The mutation.
        detected_by: The fault, or "mock" for the mock without faults, whose run showed a problem; None if none did.
        objection: The problem that the run showed.
        runs: Number of runs made.
    """

    mutation: Mutation
    detected_by: str | None
    objection: str
    runs: int


def all_mutations() -> list[Mutation]:
    """Return two mutations for each check: disabled and inverted."""
    return [Mutation(key, how) for key in sorted(oracle_registry.judged_ids()) for how in ("dropped", "negated")]


def run_mutations(
    mutations: Sequence[Mutation],
    perform: Callable[[list[PlannedRun]], list[SuiteRun]],
    unreliable: frozenset[str] = frozenset(),
) -> list[MutationResult]:
    """Run each mutation on one candidate after another until one detects it.

    Args:
        mutations: The mutations.
        perform: Makes the runs.
        unreliable: Faults whose runs show a problem even without a mutation; they are not candidates.
    """
    candidates = {mutation: _candidates(mutation, unreliable) for mutation in mutations}
    detected: dict[Mutation, MutationResult] = {}
    runs = dict.fromkeys(mutations, 0)
    while undetected := [mutation for mutation in mutations if mutation not in detected and candidates[mutation]]:
        names = [candidates[mutation].pop(0) for mutation in undetected]
        planned = [
            PlannedRun(fault=None if name == PLAIN_MOCK else name, mutation=mutation)
            for name, mutation in zip(names, undetected, strict=True)
        ]
        for name, mutation, run in zip(names, undetected, perform(planned), strict=True):
            runs[mutation] += 1
            if objection := _objection(name, run):
                detected[mutation] = MutationResult(mutation, name, objection, runs[mutation])
    return [detected.get(mutation, MutationResult(mutation, None, "", runs[mutation])) for mutation in mutations]


def _candidates(mutation: Mutation, unreliable: frozenset[str]) -> list[str]:
    """Return the faults that the check detects; for an inverted check, the mock without faults comes first."""
    faults = [name for name, fault in FAULTS.items() if mutation.oracle in fault.breaks and name not in unreliable]
    if mutation.how == "negated":
        return [PLAIN_MOCK, *faults]
    # No fault breaks an OBSERVE requirement; the run on the mock must show that it is no longer exercised.
    return faults or [PLAIN_MOCK]


def _objection(name: str, run: SuiteRun) -> str:
    if name == PLAIN_MOCK:
        return ServerRun(PLAIN_MOCK, 1, run).objection
    return FaultRun(name, 1, frozenset(FAULTS[name].breaks), run).objection
