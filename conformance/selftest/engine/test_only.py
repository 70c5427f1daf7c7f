"""`--only` judges a requirement with the requests that it needs and no others."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.exchange.verdicts import RequirementVerdict
from conformance.mock.embedded import EmbeddedServer
from conformance.requirements import SCENARIOS
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.reports.model import Report
    from conformance.selftest.support.command_line import CommandLine
    from conformance.spec.catalogue import Requirement

MOST_REQUESTS = 150
"""A quarter of those of a whole run; those about calls without a token take most."""


def _names(requirement: Requirement) -> tuple[str, ...]:
    return requirement.exercised_by


# Requirements that are exercised by the same scenarios are judged on the same requests.
GROUPS = {
    names: tuple(requirement.id for requirement in members)
    for names, members in groupby(sorted(catalogue.load(), key=_names), key=_names)
}
SCENARIOS_ONLY = [names for names in GROUPS if SCENARIOS.keys() >= set(names)]
GENERATED = [requirement for names, ids in GROUPS.items() if names not in SCENARIOS_ONLY for requirement in ids]


def _judged(url: str, ids: tuple[str, ...], names: tuple[str, ...]) -> Report:
    """Run `drs-conform --only` with these requirements in this process."""
    with Run(Settings.read({"target": url, "only": list(ids)}), catalogue.load()) as run:
        assert run.steps == tuple(name for name in SCENARIOS if name in names)
        for _ in run.events():
            pass
        return run.report()


@pytest.mark.parametrize("names", SCENARIOS_ONLY, ids="+".join)
def test_the_scenarios_named_by_a_requirement_suffice_to_judge_it(names: tuple[str, ...]) -> None:
    with EmbeddedServer() as mock:
        report = _judged(mock.url, GROUPS[names], names)

    assert {item.id: item.verdict for item in report.requirements} == dict.fromkeys(
        GROUPS[names], RequirementVerdict.PASS
    )
    assert all(item.exercised for item in report.requirements)
    assert report.requests < MOST_REQUESTS


@pytest.mark.parametrize("requirement", ["ERR-003", *GENERATED])
def test_one_requirement_is_judged_with_the_requests_that_it_needs(requirement: str, drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", requirement)

    assert outcome.code == 0
    assert [item["id"] for item in outcome.report["requirements"]] == [requirement]
    assert outcome.requirement(requirement)["exercised"] > 0
    assert outcome.report["requests"] < MOST_REQUESTS


def test_an_area_is_judged_with_the_requests_of_all_its_requirements(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", "gate")

    assert outcome.code == 0
    assert [item["id"] for item in outcome.report["requirements"]] == [
        requirement.id for requirement in catalogue.load() if requirement.prefix == "GATE"
    ]
