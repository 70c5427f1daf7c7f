"""Mutation of the suite: disable or invert one check, and see whether the proof detects it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.mock.faults import FAULTS
from conformance.proof.false_positives import PLAIN_MOCK
from conformance.proof.runs import Mutation, PlannedRun
from conformance.requirements import oracle_registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.proof.runs import SuiteRun

__all__ = ["MutationResult", "all_mutations", "run_mutation"]


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


def run_mutation(mutation: Mutation, perform: Callable[[PlannedRun], SuiteRun]) -> MutationResult:
    """Run a mutation on one candidate after another until one detects it.

    Each run judges by the mutated check alone, as the proof fails for a run that comes to another verdict on it.

    Args:
        mutation: The mutation.
        perform: Makes a run.
    """
    candidates = _candidates(mutation)
    for number, name in enumerate(candidates, start=1):
        fault = None if name == PLAIN_MOCK else name
        run = perform(PlannedRun(fault=fault, mutation=mutation, only=(mutation.oracle,)))
        if objection := _objection(mutation.oracle, run, expected=fault is not None):
            return MutationResult(mutation, name, objection, number)
    return MutationResult(mutation, None, "", len(candidates))


def _candidates(mutation: Mutation) -> list[str]:
    """Return the faults that the check detects; for an inverted check, the mock without faults comes first."""
    faults = [name for name, fault in FAULTS.items() if mutation.oracle in fault.breaks]
    if mutation.how == "negated":
        return [PLAIN_MOCK, *faults]
    # No fault breaks an OBSERVE requirement; the run on the mock must show that it is no longer exercised.
    return faults or [PLAIN_MOCK]


def _objection(key: str, run: SuiteRun, *, expected: bool) -> str:
    """Return the problem with the verdict on one requirement; empty if there is none."""
    if run.trouble:
        return f"invalid run: {run.trouble}"
    if expected:
        return "" if key in run.reported else f"not reported: {key}"
    if key in run.reported:
        return f"false positive: {key}"
    return f"not exercised: {key}" if key in run.unexercised else ""
