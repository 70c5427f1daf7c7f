"""Part of the proof: each requirement can fail, and no other is reported instead. `make prove` runs all of it.

A quarter of the faults is run, with at least one for each requirement; all of them if DRS_SELFTEST_FAULTS is `all`.
The last test fails for a fault that is missing from the published proof.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import TYPE_CHECKING

import pytest

from conformance.mock.faults import FAULTS
from conformance.proof import detection
from conformance.proof.__main__ import DOCUMENTS
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.detection import FaultRun
from conformance.proof.false_positives import PLAIN_MOCK, ServerRun
from conformance.proof.mutation import all_mutations, run_mutations
from conformance.proof.runs import PlannedRun, SuiteRun, perform_all
from conformance.requirements import oracle_registry
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.proof.runs import Mutation

SAMPLE = [m for number, m in enumerate(all_mutations()) if number % 24 < 2]
"""Every twelfth check, disabled and inverted."""

FIRST = {requirement: name for name, fault in reversed(FAULTS.items()) for requirement in fault.breaks}
SELECTED = [
    name
    for name in FAULTS
    # Selected by name, so that a new fault does not change the selection of the others.
    if os.environ.get("DRS_SELFTEST_FAULTS") == "all" or name in FIRST.values() or zlib.crc32(name.encode()) % 4 == 0
]


def perform(jobs: list[PlannedRun]) -> list[SuiteRun]:
    return perform_all(jobs, processes=1, timeout=120)


@pytest.mark.parametrize("name", SELECTED)
def test_a_fault_is_reported_once_under_each_requirement_that_it_breaks(name: str) -> None:
    [run] = perform([PlannedRun(fault=name)])

    assert FaultRun(name, 1, frozenset(FAULTS[name].breaks), run).objection == ""


def test_on_the_mock_without_faults_each_requirement_passes() -> None:
    [run] = perform([PlannedRun()])

    assert ServerRun(PLAIN_MOCK, 1, run).objection == ""
    assert run.verdicts == {requirement.id: "pass" for requirement in catalogue.load()}


@pytest.mark.parametrize("mutation", SAMPLE, ids=lambda mutation: f"{mutation.oracle}-{mutation.how}")
def test_a_disabled_or_inverted_check_is_detected(mutation: Mutation) -> None:
    [result] = run_mutations([mutation], perform)

    assert result.detected_by is not None


def test_a_fault_without_effect_is_an_objection() -> None:
    [run] = perform([PlannedRun()])

    assert (
        FaultRun("harmless", 1, frozenset({"RES-002"}), run).objection
        == "not reported: RES-002; exit code 0 instead of 1"
    )


def test_a_run_that_hangs_is_invalid() -> None:
    [run] = perform_all([PlannedRun(fault="error-code-13")], processes=1, timeout=0.01)

    assert run.trouble == "did not end within 0.01 s"


def test_a_run_that_crashes_is_invalid() -> None:
    [run] = perform([PlannedRun(fault="no-such-fault")])

    assert "UnknownFaultError" in run.trouble
    assert run.code is None


def test_each_requirement_that_can_be_broken_has_a_fault() -> None:
    assert detection.without_fault() == []


def test_the_selected_faults_break_each_requirement_that_can_be_broken() -> None:
    broken = {requirement for name in SELECTED for requirement in FAULTS[name].breaks}

    assert broken == {requirement for fault in FAULTS.values() for requirement in fault.breaks}


def test_each_fault_breaks_requirements_that_can_be_broken() -> None:
    breakable = {r.id for r in catalogue.load() if r.level is not catalogue.Level.OBSERVE}

    assert {name for name, fault in FAULTS.items() if not fault.breaks or not set(fault.breaks) <= breakable} == set()


def test_each_requirement_has_an_oracle_and_each_oracle_a_requirement() -> None:
    assert oracle_registry.judged_ids() == {requirement.id for requirement in catalogue.load()}


def test_the_published_proof_covers_all_faults_servers_and_requirements() -> None:
    published = json.loads((DOCUMENTS / "proof.json").read_text(encoding="utf-8"))

    assert published["proven"]
    assert {fault["name"] for fault in published["faults"]} == set(FAULTS)
    assert {server["name"] for server in published["zoo"]} == set(CONFORMING_SERVERS)
    assert {mutation["oracle"] for mutation in published["mutations"]} == oracle_registry.judged_ids()
    assert set(published["matrix"]["rows"]) == {requirement.id for requirement in catalogue.load()}
