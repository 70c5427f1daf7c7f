"""What the suite says of servers that others wrote without sight of it; `--stacks all` runs those of each stack."""

from __future__ import annotations

import random
import tomllib
from typing import TYPE_CHECKING

from conformance.selftest.proof.blind.servers import ROUNDS, is_right, servers

if TYPE_CHECKING:
    import pytest

    from conformance.selftest.proof.blind.servers import BlindServer

STACKS = ("python", "node", "go")
OVERLOOKED = {
    f"{group['round']}/{name}": group["why"]
    for group in tomllib.loads((ROUNDS / "overlooked.toml").read_text(encoding="utf-8"))["overlooked"]
    for name in group["servers"]
}
"""Why the suite does not notice a server that breaks a rule, or is not satisfied with one that conforms."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    wanted = metafunc.config.getoption("--stacks")
    chosen = STACKS if wanted == "all" else (wanted,)
    metafunc.parametrize("server", [server for stack in chosen for server in servers(stack)], ids=lambda each: each.id)


def test_a_broken_server_is_noticed_and_a_conforming_one_is_not_accused(server: BlindServer) -> None:
    # All have the same account, so that a process generates the requests of a run once.
    right, said = is_right(server, random.Random("account"))  # noqa: S311 - reproducible, not secret

    assert right == (server.id not in OVERLOOKED), said
