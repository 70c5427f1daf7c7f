"""The proof that each requirement can fail, and no other in its place; `make prove` does more of the same.

A quarter of the faults is tried, and one of each requirement at least; all of them if DRS_SELFTEST_FAULTS is set to
`all`. A fault that the published proof has not been made with is refused in any case.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import TYPE_CHECKING

import pytest

from conformance import catalogue, oracles
from conformance.proof import detection
from conformance.proof.__main__ import DOCUMENTS
from conformance.proof.conforming_servers import ZOO
from conformance.proof.detection import Trial
from conformance.proof.false_positives import PLAIN, Visit
from conformance.proof.mutation import all_mutations, hunt
from conformance.proof.runs import Job, Run, perform_all
from conformance.server.faults import FAULTS

if TYPE_CHECKING:
    from conformance.proof.runs import Mutation

SAMPLE = [m for number, m in enumerate(all_mutations()) if number % 24 < 2]
"""Each twelfth oracle, dropped and negated."""

FIRST = {requirement: name for name, fault in reversed(FAULTS.items()) for requirement in fault.breaks}
TRIED = [
    name
    for name in FAULTS
    # By the name, so that a new fault changes nothing for the others.
    if os.environ.get("DRS_SELFTEST_FAULTS") == "all" or name in FIRST.values() or zlib.crc32(name.encode()) % 4 == 0
]


def perform(jobs: list[Job]) -> list[Run]:
    return perform_all(jobs, processes=1, limit=120)


@pytest.mark.parametrize("name", TRIED)
def test_a_fault_is_one_finding_under_each_requirement_that_it_breaks(name: str) -> None:
    [run] = perform([Job(fault=name)])

    assert Trial(name, 1, frozenset(FAULTS[name].breaks), run).objection == ""


def test_on_the_mock_as_it_comes_each_requirement_is_exercised_and_none_is_broken() -> None:
    [run] = perform([Job()])

    assert Visit(PLAIN, 1, run).objection == ""
    assert run.verdicts == {requirement.id: "pass" for requirement in catalogue.load()}


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda mutation: f"{mutation.oracle}-{mutation.how}")
def test_a_worthless_oracle_is_noticed(mutation: Mutation) -> None:
    [mutant] = hunt([mutation], perform)

    assert mutant.noticed_by is not None


def test_a_fault_that_breaks_nothing_is_not_proven() -> None:
    [run] = perform([Job()])

    assert (
        Trial("harmless", 1, frozenset({"RES-002"}), run).objection == "not reported: RES-002; exit code 0 instead of 1"
    )


def test_a_run_that_hangs_is_not_proven() -> None:
    [run] = perform_all([Job(fault="error-code-13")], processes=1, limit=0.01)

    assert run.trouble == "did not end within 0.01 s"


def test_a_run_that_breaks_off_is_not_proven() -> None:
    [run] = perform([Job(fault="no-such-fault")])

    assert "UnknownFaultError" in run.trouble
    assert run.code is None


def test_each_requirement_that_can_be_broken_has_a_fault() -> None:
    assert detection.without_fault() == []


def test_each_requirement_that_can_be_broken_is_broken_in_each_run_of_these_tests() -> None:
    broken = {requirement for name in TRIED for requirement in FAULTS[name].breaks}

    assert broken == {requirement for fault in FAULTS.values() for requirement in fault.breaks}


def test_each_fault_breaks_requirements_that_can_be_broken() -> None:
    breakable = {r.id for r in catalogue.load() if r.level is not catalogue.Level.OBSERVE}

    assert {name for name, fault in FAULTS.items() if not fault.breaks or not set(fault.breaks) <= breakable} == set()


def test_each_requirement_has_an_oracle_and_each_oracle_a_requirement() -> None:
    assert oracles.judged_ids() == {requirement.id for requirement in catalogue.load()}


def test_the_published_proof_is_of_these_faults_servers_and_requirements() -> None:
    published = json.loads((DOCUMENTS / "proof.json").read_text(encoding="utf-8"))

    assert published["proven"]
    assert {fault["name"] for fault in published["faults"]} == set(FAULTS)
    assert {resident["name"] for resident in published["zoo"]} == set(ZOO)
    assert {mutation["oracle"] for mutation in published["mutations"]} == oracles.judged_ids()
    assert set(published["matrix"]["rows"]) == {requirement.id for requirement in catalogue.load()}
