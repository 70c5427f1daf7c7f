"""No conforming server is accused of anything, however odd it is.

Here the mock's variants are judged several at a time; `make prove` judges each of them by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.proof.conforming_servers import COMBINATIONS, ZOO
from conformance.selftest.suite.conftest import CommandLine
from conformance.server.variants import VARIANTS

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.selftest.suite.conftest import Outcome

WHOLE = (*COMBINATIONS, "mock-without-control", "http-1-0", "asgi", "streams", "random-1")


@pytest.fixture
def drs_conform(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "reports")


def findings(outcome: Outcome) -> dict[str, list[str]]:
    return {
        item["id"]: [f"{finding['expected']}: {finding['actual']}" for finding in item["findings"]]
        for item in outcome.report["requirements"]
        if item["findings"]
    }


def judged(outcome: Outcome) -> int:
    return sum(item["verdict"] == "pass" for item in outcome.report["requirements"])


@pytest.mark.parametrize("name", WHOLE)
def test_a_conforming_server_is_not_accused(name: str, drs_conform: CommandLine) -> None:
    with ZOO[name].open() as target:
        outcome = drs_conform("--target", target.url, *target.arguments)

    assert findings(outcome) == {}
    assert outcome.code == 0
    # A requirement may have nothing to apply to, such as a 405 where another method is answered with 404.
    assert judged(outcome) >= len(outcome.report["requirements"]) - 3


def test_a_slow_server_is_not_accused(drs_conform: CommandLine) -> None:
    with ZOO["slow"].open() as target:
        outcome = drs_conform("--target", target.url, "--profile", "safe", "--only", "ERR-001", "LIFE-002")

    assert findings(outcome) == {}
    assert (outcome.code, judged(outcome)) == (0, 2)


def test_each_variant_is_in_a_combination() -> None:
    assert {name for names in COMBINATIONS.values() for name in names} == set(VARIANTS) - {"slow"}


@pytest.mark.parametrize("name", ZOO)
def test_a_resident_can_be_housed_twice(name: str) -> None:
    with ZOO[name].open() as first, ZOO[name].open() as second:
        assert first.url != second.url
        assert ("--token" in first.arguments) is ("--project-id" in second.arguments)
    assert ZOO[name].name == name
    assert ZOO[name].summary.endswith(".")
