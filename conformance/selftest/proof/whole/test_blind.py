"""What the suite says of servers that others wrote without sight of it.

`--stacks all` runs those of each stack, and judges each by all requirements, to the end. Otherwise one that is
broken is judged by the requirement that found it then before all others, up to the first violation, and those that are
known to be overlooked are left out.
"""

from __future__ import annotations

import json
import random
import tomllib
from typing import TYPE_CHECKING

from conformance.proof.others import OtherServerRun
from conformance.selftest.proof.blind.servers import FOUND_BY, ROUNDS, broken_by, is_right, report_on, servers

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conformance.proof.results import Result
    from conformance.selftest.proof.blind.servers import BlindServer

STACKS = ("python", "node", "go")
OVERLOOKED = {
    f"{group['round']}/{name}": group["why"]
    for group in tomllib.loads((ROUNDS / "overlooked.toml").read_text(encoding="utf-8"))["overlooked"]
    for name in group["servers"]
}
"""Why the suite does not notice a server that breaks a rule, or is not satisfied with one that conforms."""


FIRST: dict[str, str] = json.loads(FOUND_BY.read_text(encoding="utf-8"))
"""The requirement that found each broken server in the last run of all stacks, by its ID."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    wanted = metafunc.config.getoption("--stacks")
    everything = wanted == "all"
    found = [server for stack in (STACKS if everything else (wanted,)) for server in servers(stack)]
    chosen = [server for server in found if everything or not server.broken or server.id not in OVERLOOKED]
    # Runs on conforming servers take longest, so they begin first.
    ordered = sorted(chosen, key=lambda each: each.broken)
    metafunc.parametrize("server", ordered, ids=lambda each: each.id)


def test_a_broken_server_is_noticed_and_a_conforming_one_is_not_accused(
    server: BlindServer, pytestconfig: pytest.Config, record: Callable[[Result], None]
) -> None:
    # All have the same account, so that a process generates the requests of a run once.
    random_ = random.Random("account")  # noqa: S311 - reproducible, not secret
    if server.broken and pytestconfig.getoption("--stacks") == "all":
        found = broken_by(report_on(server, random_))
        right, said = found != [], ""
        if found:
            record(OtherServerRun(server.id, tuple(found)))
    else:
        right, said = is_right(server, random_, first=FIRST.get(server.id, ""))

    assert right == (server.id not in OVERLOOKED), said
