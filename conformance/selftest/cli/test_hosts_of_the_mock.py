"""Runs on a mock under each name that leads to it, and the option to name when it does not serve one."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import PROJECT_ID, TOKEN, MockSettings
from conformance.selftest.support.hostile.listening import listening
from conformance.selftest.support.hostile.relay import relay
from conformance.selftest.support.servers import answering

if TYPE_CHECKING:
    from conformance.selftest.support.command_line import CommandLine

ONLY = ("--only", "RES-001")  # which is met only if the control interface creates a batch
ACCOUNT = ("--token", TOKEN, "--project-id", PROJECT_ID)


def port(mock: EmbeddedServer) -> int:
    return int(mock.url.rpartition(":")[2])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_mock_on_loopback_is_judged_under_each_name(host: str, drs_conform: CommandLine) -> None:
    with contextlib.ExitStack() as servers:
        try:
            mock = servers.enter_context(EmbeddedServer(host="::1" if host == "[::1]" else "127.0.0.1"))
        except OSError:
            pytest.skip("this machine has no IPv6")
        outcome = drs_conform("--target", f"http://{host}:{port(mock)}", *ONLY)

    assert (outcome.code, outcome.requirement("RES-001")["verdict"], outcome.report["notes"]) == (0, "pass", [])


def test_a_mock_behind_another_port_is_refused_with_the_option(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock, listening(partial(relay, port=port(mock))) as front:
        without = drs_conform("--target", front.url, *ONLY)
        plan = drs_conform("--target", front.url, "--plan")
        account = drs_conform("--target", front.url, *ACCOUNT, "--only", "ERR-003")

    assert (without.code, plan.code, account.code) == (3, 3, 0)
    assert all("start the mock with --control-host" in " ".join((run.out + run.err).split()) for run in (without, plan))
    assert ["--control-host" in note for note in account.report["notes"]] == [True]


def test_a_mock_behind_another_port_is_judged_with_the_option(drs_conform: CommandLine) -> None:
    settings = MockSettings(control_hosts=("127.0.0.1",))
    with EmbeddedServer(settings) as mock, listening(partial(relay, port=port(mock))) as front:
        outcome = drs_conform("--target", front.url, *ONLY)

    assert (outcome.code, outcome.requirement("RES-001")["verdict"], outcome.report["notes"]) == (0, "pass", [])


def test_a_refusal_by_another_server_is_not_that_of_a_mock(drs_conform: CommandLine) -> None:
    with answering(421, b'{"error": "unknown host"}') as url:
        outcome = drs_conform("--target", url, *ONLY)

    assert "--control-host" not in outcome.out
