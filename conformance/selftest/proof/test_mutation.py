"""Oracles that are made worthless, and what notices that."""

from __future__ import annotations

from conformance.catalogue import Level, load
from conformance.oracles import judged_ids, registry
from conformance.oracles.registry import mutated
from conformance.proof import mutation
from conformance.proof.false_positives import PLAIN
from conformance.proof.mutation import Mutant
from conformance.proof.runs import Job, Mutation
from conformance.selftest.proof.sample_runs import EXPECTED, FAULT, perfect
from conformance.server.faults import FAULTS


def test_a_mutated_oracle_is_whole_again_afterwards() -> None:
    before = dict(registry._exchange), dict(registry._sequence)  # noqa: SLF001 - what is mutated
    for key in judged_ids():
        with mutated(key, "dropped"):
            assert (registry._exchange, registry._sequence) != before  # noqa: SLF001 - likewise
    assert (registry._exchange, registry._sequence) == before  # noqa: SLF001 - likewise


def test_mutations_that_something_notices_are_found() -> None:
    found = mutation.hunt(mutation.all_mutations(), perfect)

    assert len(found) == 2 * len(judged_ids())
    assert {mutant.mutation for mutant in found if mutant.noticed_by is None} == set()
    assert all(mutant.runs == 1 for mutant in found)


def test_a_mutation_that_nothing_notices_has_been_tried_on_all_that_should() -> None:
    [key] = EXPECTED
    named = [name for name, fault in FAULTS.items() if key in fault.breaks]
    blind = [Mutation(key, "dropped"), Mutation(key, "negated")]
    found = mutation.hunt(blind, lambda jobs: perfect([Job(fault=job.fault) for job in jobs]))

    assert found == [Mutant(blind[0], None, "", len(named)), Mutant(blind[1], None, "", 1 + len(named))]


def test_a_fault_that_is_misjudged_anyway_proves_nothing_of_a_mutation() -> None:
    [key] = EXPECTED
    [mutant] = mutation.hunt([Mutation(key, "dropped")], perfect, frozenset({FAULT}))

    assert mutant.noticed_by != FAULT


def test_an_oracle_that_only_observes_is_missed_on_the_mock() -> None:
    key = next(r.id for r in load() if r.level is Level.OBSERVE)
    [mutant] = mutation.hunt([Mutation(key, "dropped")], perfect)

    assert (mutant.noticed_by, mutant.seen) == (PLAIN, f"not exercised: {key}")
