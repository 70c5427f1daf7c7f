"""`--plan` prints the requests of a run and the batches that it would commit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

from conformance.mock.embedded import EmbeddedServer

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine

REMOTE = ("--target", "https://drs.example.invalid")


def test_the_plan_for_a_mock_counts_the_requests_of_a_run_and_its_commits(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        outcome = drs_conform("--plan", "--target", mock.url)
        record = httpx.get(f"{mock.url}/_mock/requests", trust_env=False).json()["requests"]
        batches = httpx.get(f"{mock.url}/_mock/batches", trust_env=False).json()["batches"]
        run = drs_conform("--target", mock.url)

    last = outcome.out.splitlines()[-1]
    commits = re.search(r"; a target that conforms commits (\d+) batches; one that does not may commit more$", last)
    rows = re.findall(r" commits (\d+) batch(?:es)?$", outcome.out, re.MULTILINE)
    assert outcome.code == 0
    assert commits is not None
    assert int(commits[1]) == sum(map(int, rows))
    assert (record, batches) == ([], [])
    assert "identified by one GET request" in outcome.out.splitlines()[0]
    assert re.search(
        r"calls-for-a-foreign-project .* commits nothing, but names 3 batches of another project", outcome.out
    )
    assert len({line.index("requests:") for line in outcome.out.splitlines()[1:-1:2]}) == 1
    planned = dict(re.findall(r"^  ([a-z-]+) +requests: +([0-9]+) ", outcome.out, re.MULTILINE))
    assert {name: int(number) for name, number in planned.items()} == dict(run.report["traffic"]["stimuli"])


def test_the_plan_states_the_maximum_number_of_commits(drs_conform: CommandLine) -> None:
    ready = [argument for number in range(20) for argument in ("--ready-job", f"{number:036}")]
    outcome = drs_conform(
        "--plan", *REMOTE, "--project-id", "p", "--token", "t0ken-of-mine", "--profile", "full", *ready
    )

    last = outcome.out.splitlines()[-1]
    commits = re.search(r"; a target that conforms commits (1\d) batches; at most 20 batches will be committed", last)
    rows = re.findall(r" commits (\d+) batch(?:es)?$", outcome.out, re.MULTILINE)
    assert commits is not None
    assert int(commits[1]) == sum(map(int, rows))
    assert list((outcome.directory.with_name("ledger")).iterdir()) == []


def test_the_maximum_includes_batches_that_are_being_validated(drs_conform: CommandLine) -> None:
    named = ("--ready-job", "b1", "--validating-job", "v1", "--validating-job", "v2", "--failed-job", "f1")
    outcome = drs_conform(
        "--plan", *REMOTE, "--project-id", "p", "--token", "t0ken-of-mine", "--profile", "full", *named
    )

    assert "at most 3 batches will be committed" in outcome.out.splitlines()[-1]


def test_plan_sends_nothing(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--plan", *REMOTE, "--project-id", "p", "--token", "t0ken-of-mine")

    assert outcome.code == 0
    assert re.fullmatch(r"[1-9]\d* requests; no batch will be committed", outcome.out.splitlines()[-1])
    assert not (outcome.directory / "conformance.json").exists()
