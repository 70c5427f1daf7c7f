"""The proof that each requirement can fail: a fault is reported under the requirement that it breaks, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import catalogue, oracles
from conformance.catalogue import Level
from conformance.server.embedded import EmbeddedServer
from conformance.server.faults import FAULTS
from conformance.server.settings import MockSettings

if TYPE_CHECKING:
    from conformance.selftest.suite.conftest import CommandLine


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_finding_under_the_requirement_that_it_breaks(name: str, drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(faults=(name,))) as mock:
        outcome = drs_conform("--target", mock.url)

    findings = [(item["id"], len(item["findings"])) for item in outcome.report["requirements"] if item["findings"]]
    assert outcome.broken == set(FAULTS[name].breaks)
    assert findings == [(key, 1) for key in FAULTS[name].breaks]
    must = any(catalogue.load()[key].level is Level.MUST for key in FAULTS[name].breaks)
    assert outcome.code == (1 if must else 0)


def test_each_requirement_that_can_be_broken_has_a_fault() -> None:
    breakable = {requirement.id for requirement in catalogue.load() if requirement.level is not Level.OBSERVE}

    assert {key for fault in FAULTS.values() for key in fault.breaks} == breakable


def test_each_requirement_has_an_oracle_and_each_oracle_a_requirement() -> None:
    assert oracles.judged_ids() == {requirement.id for requirement in catalogue.load()}
