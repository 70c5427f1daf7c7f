"""The suite does not accuse servers on frameworks of Python, Node and Go; `make servers` runs those of all."""

import pytest

from conformance.exchange.verdicts import Verdict
from conformance.selftest.servers.page import PAGE, Result
from conformance.selftest.servers.running import judge_server
from conformance.selftest.servers.table import proxies, servers

SERVERS = {server.name: server for server in servers()}


@pytest.mark.parametrize("name", ["fastapi", "express", "go-net-http"])
def test_a_conforming_server_is_not_accused(name: str) -> None:
    server = SERVERS[name]

    result = Result.of(name, server.versions(), server.expected, judge_server(server), Verdict.CONFORMS)

    assert result.right, result.line()
    assert "?" not in server.versions()


def test_the_page_has_all_that_is_expected() -> None:
    text = PAGE.read_text(encoding="utf-8")
    expected = {**{item.name: item.expected for item in servers()}, **{item.name: item.expected for item in proxies()}}
    for name, reasons in expected.items():
        assert f"| {name} " in text
        assert all(f"{key}: {reason}" in text for key, reason in reasons.items())
