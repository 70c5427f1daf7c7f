"""What the proof must cover, and what is an objection."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.mock.faults import FAULTS
from conformance.proof import detection, render_json, render_markdown, report
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.detection import FaultRun
from conformance.proof.determinism import compare
from conformance.proof.false_positives import PLAIN_MOCK, ServerRun
from conformance.proof.foreign import ForeignMutant
from conformance.proof.mutation import MutationResult, all_mutations
from conformance.proof.others import OtherServerRun
from conformance.proof.results import Proof, Result, collected
from conformance.proof.runs import PlannedRun, SuiteRun, perform
from conformance.requirements import oracle_registry
from conformance.selftest.support.sample_runs import FAULT, REPORT, correct_run, fault_run, suite_run
from conformance.spec import catalogue


def _results() -> list[Result]:
    """Return the results of all runs of a correct suite."""
    faults = [FaultRun(n, 1, frozenset(FAULTS[n].breaks), correct_run(PlannedRun(fault=n))) for n in FAULTS]
    faults += [replace(run, named=True) for run in faults]
    servers = [ServerRun(name, 1, suite_run()) for name in CONFORMING_SERVERS]
    mutations = [MutationResult(mutation, FAULT, "x", 1) for mutation in all_mutations()]
    mutants = [ForeignMutant("1-constant", "constant", "reported", "", 2)]
    mutants.append(ForeignMutant("2-constant", "constant", "nothing", "equivalent", 2))
    others = [OtherServerRun("round/stack/one", ("REQ-001",))]
    others.append(OtherServerRun("round/stack/two", ("REQ-001", "RES-001")))
    return [*faults, *servers, *mutations, *others, *mutants, compare([REPORT, REPORT])]


def _proof(results: list[Result]) -> Proof:
    return collected(results, processes=2, minutes=1.0)


def test_on_the_mock_without_faults_each_requirement_passes() -> None:
    run = perform(PlannedRun())

    assert run.verdicts == {requirement.id: "pass" for requirement in catalogue.load()}
    assert ServerRun(PLAIN_MOCK, 1, run).objection == ""


def test_a_fault_without_effect_is_an_objection() -> None:
    assert (
        FaultRun("harmless", 1, frozenset({"RES-002"}), perform(PlannedRun())).objection
        == "not reported: RES-002; exit code 0 instead of 1"
    )


def test_each_requirement_that_can_be_broken_has_a_fault() -> None:
    assert detection.without_fault() == []


def test_each_fault_breaks_requirements_that_can_be_broken() -> None:
    breakable = {r.id for r in catalogue.load() if r.level is not catalogue.Level.OBSERVE}

    assert {name for name, fault in FAULTS.items() if not fault.breaks or not set(fault.breaks) <= breakable} == set()


def test_each_requirement_has_an_oracle_and_each_oracle_a_requirement() -> None:
    assert oracle_registry.judged_ids() == {requirement.id for requirement in catalogue.load()}


def test_the_published_proof_covers_all_faults_servers_and_requirements() -> None:
    published = json.loads((report.DOCUMENTS / "proof.json").read_text(encoding="utf-8"))

    assert published["proven"]
    assert {fault["name"] for fault in published["faults"]} == set(FAULTS)
    assert {server["name"] for server in published["zoo"]} == set(CONFORMING_SERVERS)
    assert {mutation["oracle"] for mutation in published["mutations"]} == oracle_registry.judged_ids()
    assert set(published["matrix"]["rows"]) == {requirement.id for requirement in catalogue.load()}


def test_the_published_page_is_rendered_from_the_published_figures() -> None:
    figures = json.loads((report.DOCUMENTS / "proof.json").read_text(encoding="utf-8"))

    assert (report.DOCUMENTS / "proof.md").read_text(encoding="utf-8") == render_markdown.render(figures)


def test_a_complete_proof_of_a_correct_suite_has_no_problems() -> None:
    proof = _proof(_results())
    page = render_markdown.render(render_json.document(proof))

    assert proof.complete
    assert proof.objections == ()
    assert f"| faults detected | {len(FAULTS)} of {len(FAULTS)} (100.0%) |" in page
    assert "## Problems" not in page
    assert "by one finding | 1 of 2 (50.0%) |" in page
    assert "`round/stack/two`: REQ-001, RES-001" in page
    assert all(f"| `{name}` |" in page for name in (*FAULTS, *CONFORMING_SERVERS))


@pytest.mark.parametrize("index", [0, len(FAULTS), 2 * len(FAULTS), 2 * len(FAULTS) + len(CONFORMING_SERVERS), -2, -1])
def test_a_proof_without_one_of_its_runs_is_not_complete(index: int) -> None:
    results = _results()
    del results[index]

    assert not _proof(results).complete


def test_a_mutant_that_is_missed_and_one_that_is_listed_and_noticed_are_objections() -> None:
    mutants: list[Result] = [
        ForeignMutant("1-never", "never", "nothing", "", 3),
        ForeignMutant("2-never", "never", "no verdict", "unseen", 3),
        ForeignMutant("3-never", "never", "reported", "either", 3),
    ]
    document = render_json.document(_proof(mutants))

    assert document["objections"] == [
        "mutant 1-never: not noticed",
        "mutant 2-never: noticed, but listed as not to be noticed",
    ]
    assert (document["foreign"]["never"]["missed"], document["foreign"]["never"]["unseen"]) == (1, 1)


def test_the_order_of_the_runs_does_not_change_the_documents() -> None:
    results = _results()
    documents = [render_json.document(_proof(order)) for order in (results, results[::-1])]

    assert documents[0] == documents[1]
    assert documents[0]["matrix"]["faults"] == list(FAULTS)
    for key, row in documents[0]["matrix"]["rows"].items():
        assert row == "".join("+" if key in fault.breaks else "." for fault in FAULTS.values())


def test_problems_come_first() -> None:
    results = _results()
    number = next(n for n, result in enumerate(results) if isinstance(result, FaultRun) and result.fault == FAULT)
    results[number] = fault_run(suite_run())
    document = render_json.document(_proof(results))
    page = render_markdown.render(document)

    assert not document["proven"]
    assert page.index(f"fault {FAULT}, seed 1: not reported") < page.index("## Faults")
    assert page.index("## Faults") < page.index(f"| `{FAULT}` |") < page.index("| yes |")


def test_the_documents_do_not_contain_the_output_of_a_run() -> None:
    failed = fault_run(SuiteRun(70, trouble="the suite itself failed\nFile /home/somebody/file.py"))
    document = render_json.document(replace(_proof([failed])))

    assert "somebody" not in json.dumps(document)
    assert "the suite itself failed" in json.dumps(document)
