"""Runs with one seed are the same, another seed differs, and a run does not affect the next one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from conformance.mock.embedded import EmbeddedServer

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine, Completed


def _sent(url: str) -> list[dict[str, Any]]:
    record = httpx.get(f"{url}/_mock/requests", trust_env=False).json()["requests"]
    # Simultaneous requests come in any order.
    return sorted(({key: entry[key] for key in ("method", "target", "headers")} for entry in record), key=json.dumps)


def _without_times(outcome: Completed) -> dict[str, Any]:
    report = outcome.report
    for key in ("started", "seconds", "latency", "target", "command"):
        del report[key]
    return report


def test_one_seed_sends_the_same_requests_and_gets_the_same_report(drs_conform: CommandLine) -> None:
    runs = []
    for variables in ({"PYTHONHASHSEED": "1", "CI": ""}, {"PYTHONHASHSEED": "2", "CI": "true"}):
        with EmbeddedServer() as mock:
            outcome = drs_conform("--target", mock.url, "--seed", "7", **variables)
            runs.append((json.dumps(_sent(mock.url)).replace(mock.url[7:], "host"), _without_times(outcome)))

    assert runs[0] == runs[1]


def test_another_seed_sends_other_requests(drs_conform: CommandLine) -> None:
    targets = []
    for seed in ("1", "2"):
        with EmbeddedServer() as mock:
            drs_conform("--target", mock.url, "--seed", seed, "--only", "LIFE-002")
            targets.append([entry["target"] for entry in _sent(mock.url)])

    assert targets[0] != targets[1]


def test_a_second_run_on_the_same_mock_conforms_as_well(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        first, second = (drs_conform("--target", mock.url, "--only", "LIFE").report for _ in range(2))

    assert [first["exit_code"], second["exit_code"]] == [0, 0]
    assert first["notes"] == []
    assert first["requests_sha256"] != second["requests_sha256"]
    [note] = second["notes"]
    assert "an earlier run with this seed" in note
