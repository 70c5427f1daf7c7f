"""Nothing is reported for a conforming server, however unusual it is.

Here the variants of the mock are combined; `make prove` runs each of them separately.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.mock.variants import VARIANTS
from conformance.proof.conforming_servers import COMBINATIONS, CONFORMING_SERVERS

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine, Completed

SAMPLE = (*COMBINATIONS, "mock-without-control", "http-1-0", "asgi", "streams", "random-1")


def findings(outcome: Completed) -> dict[str, list[str]]:
    return {
        item["id"]: [f"{finding['expected']}: {finding['actual']}" for finding in item["findings"]]
        for item in outcome.report["requirements"]
        if item["findings"]
    }


def passed(outcome: Completed) -> int:
    return sum(item["verdict"] == "pass" for item in outcome.report["requirements"])


@pytest.mark.parametrize("name", SAMPLE)
def test_nothing_is_reported_for_a_conforming_server(name: str, drs_conform: CommandLine) -> None:
    with CONFORMING_SERVERS[name].open() as server:
        outcome = drs_conform("--target", server.url, *server.arguments)

    assert findings(outcome) == {}
    assert outcome.code == 0
    # A requirement may not apply, such as one about a 405 if another method is answered with 404.
    assert passed(outcome) >= len(outcome.report["requirements"]) - 3


def test_nothing_is_reported_for_a_slow_server(drs_conform: CommandLine) -> None:
    with CONFORMING_SERVERS["slow"].open() as server:
        outcome = drs_conform("--target", server.url, "--profile", "safe", "--only", "ERR-001", "LIFE-002")

    assert findings(outcome) == {}
    assert (outcome.code, passed(outcome)) == (0, 2)


def test_each_variant_is_in_a_combination() -> None:
    assert {name for names in COMBINATIONS.values() for name in names} == set(VARIANTS) - {"slow"}


@pytest.mark.parametrize("name", CONFORMING_SERVERS)
def test_two_instances_of_a_server_can_run_at_once(name: str) -> None:
    with CONFORMING_SERVERS[name].open() as first, CONFORMING_SERVERS[name].open() as second:
        assert first.url != second.url
        assert ("--token" in first.arguments) is ("--project-id" in second.arguments)
    assert CONFORMING_SERVERS[name].name == name
    assert CONFORMING_SERVERS[name].summary.endswith(".")
