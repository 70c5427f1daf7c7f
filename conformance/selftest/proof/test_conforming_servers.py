"""The conforming servers can run side by side, and together have each variant."""

from __future__ import annotations

import pytest

from conformance.mock.variants import VARIANTS
from conformance.proof.conforming_servers import COMBINATIONS, CONFORMING_SERVERS


def test_each_variant_is_in_a_combination() -> None:
    assert {name for names in COMBINATIONS.values() for name in names} == set(VARIANTS) - {"slow"}


@pytest.mark.parametrize("name", CONFORMING_SERVERS)
def test_two_instances_of_a_server_can_run_at_once(name: str) -> None:
    with CONFORMING_SERVERS[name].open() as first, CONFORMING_SERVERS[name].open() as second:
        assert first.url != second.url
        assert ("token" in first.options) is ("project_id" in second.options)
    assert CONFORMING_SERVERS[name].name == name
    assert CONFORMING_SERVERS[name].summary.endswith(".")
