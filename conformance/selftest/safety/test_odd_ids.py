"""IDs of batches that a server may take for others are refused off mocks, unless the user asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.config.settings import Settings
from conformance.errors import ConfigurationError
from conformance.mock.embedded import EmbeddedServer
from conformance.selftest.support.servers import answering

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.selftest.support.command_line import CommandLine

REMOTE = {"target": "https://drs.example.com", "project_id": "p", "token": "t0ken", "profile": "full"}
ODD = ["a b", "a/../b", "a%2fb", "{a}", "b\uff11", "\u0430", "urn:uuid:1", "a;b", "a?b"]


@pytest.mark.parametrize("option", ["ready_job", "validating_job", "failed_job", "committed_job"])
@pytest.mark.parametrize("batch_id", ODD)
def test_an_odd_id_is_refused_for_a_target_elsewhere(option: str, batch_id: str) -> None:
    options = {**REMOTE, "ready_job": ["b1"], option: [batch_id]}
    with pytest.raises(ConfigurationError, match=r"^--job-ids: .* give --job-ids any"):
        Settings.read(options)

    asked = Settings.read({**options, "job_ids": "any"})
    assert (batch_id in asked.command(), "--job-ids any" in asked.command()) == (batch_id in asked.command(), True)
    assert Settings.read({**options, "profile": "safe"}).job_ids == "plain"


@pytest.mark.parametrize("batch_id", ["b4c1d2e3-0000-4000-8000-000000000000", "A.b_c~d-1"])
def test_a_plain_id_is_allowed(batch_id: str) -> None:
    assert Settings.read({**REMOTE, "ready_job": [batch_id]}).ready_jobs == (batch_id,)


def test_another_value_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"--job-ids: 'odd' .* give 'plain' or 'any'"):
        Settings.read({"job_ids": "odd"})


def test_an_odd_id_is_refused_for_a_server_on_this_machine_that_is_no_mock(
    drs_conform: CommandLine, tmp_path: Path
) -> None:
    with answering(200, b"{}") as url:
        outcome = drs_conform("--target", url, "--project-id", "p", "--token", "t0ken", "--ready-job", "{a}")

    assert outcome.code == 3
    assert outcome.out.startswith("inconclusive: --job-ids: '{a}' has characters besides letters")
    assert outcome.report["requests"] == 0
    assert not any((tmp_path / "ledger").glob("*"))


def test_a_mock_may_have_odd_ids(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        outcome = drs_conform("--target", mock.url, "--only", "AUTH-001", "--failed-job", "{a}")

    assert outcome.code == 0, outcome.out + outcome.err
