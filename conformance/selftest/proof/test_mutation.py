"""Disabled and inverted checks, and the runs that detect them."""

from __future__ import annotations

from conformance.mock.faults import FAULTS
from conformance.proof.false_positives import PLAIN_MOCK
from conformance.proof.mutation import MutationResult, all_mutations, run_mutation
from conformance.proof.runs import Mutation, PlannedRun, SuiteRun
from conformance.requirements import oracle_registry as registry
from conformance.requirements.oracle_registry import judged_ids, mutated
from conformance.selftest.support.sample_runs import EXPECTED, correct_run
from conformance.spec.catalogue import Level, load


def test_a_mutated_check_is_restored() -> None:
    before = dict(registry._exchange), dict(registry._sequence)  # noqa: SLF001 - what a mutation changes
    for key in judged_ids():
        with mutated(key, "dropped"):
            assert (registry._exchange, registry._sequence) != before  # noqa: SLF001 - as above
    assert (registry._exchange, registry._sequence) == before  # noqa: SLF001 - as above


def test_the_first_run_detects_each_mutation() -> None:
    results = [run_mutation(mutation, correct_run) for mutation in all_mutations()]

    assert len(results) == 2 * len(judged_ids())
    assert {result.mutation for result in results if result.detected_by is None} == set()
    assert all(result.runs == 1 for result in results)


def test_an_undetected_mutation_has_run_on_all_candidates() -> None:
    [key] = EXPECTED
    faults = [name for name, fault in FAULTS.items() if key in fault.breaks]
    dropped, negated = Mutation(key, "dropped"), Mutation(key, "negated")

    def without_mutation(job: PlannedRun) -> SuiteRun:
        return correct_run(PlannedRun(fault=job.fault))

    assert run_mutation(dropped, without_mutation) == MutationResult(dropped, None, "", len(faults))
    assert run_mutation(negated, without_mutation) == MutationResult(negated, None, "", 1 + len(faults))


def test_the_mock_detects_that_an_observation_is_disabled() -> None:
    key = next(r.id for r in load() if r.level is Level.OBSERVE)
    result = run_mutation(Mutation(key, "dropped"), correct_run)

    assert (result.detected_by, result.objection) == (PLAIN_MOCK, f"not exercised: {key}")
