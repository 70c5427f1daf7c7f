"""A run on a server with one fault ends with one finding, under the requirement that the fault breaks.

These are servers of others whose fault shows in the answers to many calls, a sample of each kind. None reads what
happens to have come, which the load of the machine decides.
"""

from __future__ import annotations

import random

import pytest

from conformance.selftest.proof.blind.servers import broken_by, report_on, servers

EXPECTED = {
    "round_2/python/range-cut-from-post": "CLIENT-013",
    "round_3/python/refusal-cached-by-url": "REQ-001",
    "round_3/python/body-left-unread": "CLIENT-005",
    "round_4/python/route-demands-uuid": "REQ-001",
    "round_4/python/transfer-coding-case": "CLIENT-004",
    "round_5/python/trailer-section-left-unread": "CLIENT-005",
    "round_7/python/stale-node": "REQ-001",
    "round_7/python/two-request-ids": "MSG-002",
    "round_8/python/colon-needs-space": "CLIENT-003",
    "round_8/python/length-in-characters": "RES-001",
    "round_8/python/next-batch-committed-too": "LIFE-010",
}
"""The requirement that each of them breaks."""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_that_shows_in_many_answers_has_one_finding(name: str) -> None:
    (server,) = [server for server in servers("python") if server.id == name]

    report = report_on(server, random.Random("account"))  # noqa: S311 - reproducible, not secret

    assert broken_by(report) == [EXPECTED[name]]
