"""Tests that no request that may commit a batch is sent twice, even if the answer asks for a retry."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Request
from conformance.mock.batches import BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import PROJECT_ID, TOKEN, MockSettings
from conformance.selftest.support.hostile.listening import Peer, answer, listening
from conformance.selftest.support.hostile.relay import correct, relay_request
from conformance.spec import catalogue
from conformance.target.batches import Batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.command_line import CommandLine

GATEWAY = b'{"error_code": "APIGW.0308", "error_msg": "Throttled.", "request_id": "r"}'
READY = tuple(str(uuid.UUID(int=0xABCDEF << 104 | number, version=4)) for number in range(14))
SIMULTANEOUS = 4
"""Number of commits of one batch that one scenario intentionally sends at the same time."""
OTHERS = sorted(item.id for item in catalogue.load() if "simultaneous-commits" not in item.exercised_by)
"""The requirements that do not need that scenario."""

ANSWERS: dict[str, Callable[[Peer], None]] = {
    "503 with Retry-After": lambda peer: peer.send(answer(503, b"", {"Retry-After": "0"})),
    "503 of the gateway": lambda peer: peer.send(answer(503, GATEWAY, {"Retry-After": "0"})),
    "503 without a time": lambda peer: peer.send(answer(503, GATEWAY)),
    "429": lambda peer: peer.send(answer(429, GATEWAY, {"Retry-After": "0"})),
    "429 without a time": lambda peer: peer.send(answer(429, GATEWAY)),
    "500": lambda peer: peer.send(answer(500, b"{}")),
    "redirect": lambda peer: peer.send(answer(307, b"", {"Location": "/"})),
    "closed connection": lambda _: None,
    "half an answer": lambda peer: peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
}
COMMIT = f"/v5/{PROJECT_ID}/batch-async-jobs/%s/commit"


def _named(kind: str, name: str, drs_conform: CommandLine, *options: str, runs: int = 1) -> Counter[str]:
    """Run the suite with 14 batches on a server that answers every request that names one of them in one way.

    Returns how many requests named each batch.
    """
    named: Counter[str] = Counter()

    def handle(peer: Peer) -> None:
        request = peer.request()
        found = [batch_id for batch_id in READY if batch_id.encode() in request]
        named.update(found)
        if found:
            ANSWERS[name](peer)
        else:
            relay_request(peer, port, request)

    with correct(TOKEN) as port, listening(handle) as server:
        for _ in range(runs):
            drs_conform(
                *("--target", server.url, "--project-id", PROJECT_ID, "--token", TOKEN, "--profile", "full"),
                *(word for batch_id in READY for word in (kind, batch_id)),
                *options,
            )
    return named


@pytest.mark.parametrize("name", ANSWERS)
def test_a_ready_batch_is_named_once_if_it_may_have_been_committed(name: str, drs_conform: CommandLine) -> None:
    named = _named("--ready-job", name, drs_conform, "--only", *OTHERS)

    assert set(named.values()) == {1}


@pytest.mark.parametrize("name", ANSWERS)
def test_simultaneous_commits_are_sent_once_each(name: str, drs_conform: CommandLine) -> None:
    named = _named("--ready-job", name, drs_conform, "--only", "LIFE-006")

    assert list(named.values()) == [SIMULTANEOUS]


@pytest.mark.parametrize("only", ["REQ-004", "REQ-007", "REQ-009", "AUTH-005", "AUTH-010"])
@pytest.mark.parametrize("name", ["closed connection", "500", "redirect"])
def test_each_scenario_alone_names_a_batch_once(only: str, name: str, drs_conform: CommandLine) -> None:
    named = _named("--ready-job", name, drs_conform, "--only", only)

    assert named
    assert set(named.values()) == {1}


@pytest.mark.parametrize("name", ["closed connection", "500", "redirect", "half an answer"])
def test_a_batch_that_is_being_validated_is_named_once_in_two_runs(name: str, drs_conform: CommandLine) -> None:
    named = _named("--validating-job", name, drs_conform, "--only", "LIFE-003", "REQ-001", runs=2)

    assert named
    assert set(named.values()) == {1}


@pytest.mark.parametrize("variant", ["throttling", "throttling-by-date"])
def test_a_retry_commits_a_new_batch_if_batches_can_be_created(variant: str, drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(variants=(variant,))) as mock:
        # The record does not show tokens, so that calls which differ in their tokens alone would look the same.
        outcome = drs_conform("--target", mock.url, "--only", "RES", "REQ")
        # A scenario calls each batch in another state twice at the same time, and either call may be throttled.
        validated = (BatchStatus.READY, BatchStatus.COMMITTED)
        batches = {batch.async_job_id for batch in mock.app.store.listed() if batch.status in validated}
        throttled = Counter(
            (request.method, request.target, tuple(request.headers))
            for request in mock.app.record.listed()
            if request.status == 429 and batches.intersection(unquote(request.target).split("/"))
        )

    assert outcome.code == 0
    assert throttled
    assert set(throttled.values()) == {1}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("POST", COMMIT % READY[0], ()), True),
        (Request("POST", COMMIT % READY[0].upper(), ()), True),
        (Request("POST", COMMIT % READY[0][:-1], ()), True),
        (Request("GET", COMMIT % READY[0].replace("0", "%30"), ()), True),
        (Request("POST", f"{COMMIT % 'x'}?async_job_id={READY[0]}", ()), True),
        (Request("POST", COMMIT % "x", (("X-Id", READY[0]),)), True),
        (Request("POST", COMMIT % "x", (), READY[0].encode()), True),
        (Request("POST", COMMIT % "x", ()), False),
        (Request("POST", COMMIT % uuid.UUID(int=1), ()), False),
    ],
)
@pytest.mark.parametrize("state", [BatchState.READY, BatchState.VALIDATING, BatchState.FAILED, BatchState.COMMITTED])
def test_a_request_may_commit_each_batch_whose_id_it_contains(
    request_: Request,
    expected: bool,  # noqa: FBT001 - a column of the table
    state: BatchState,
) -> None:
    batches = Batches({state: READY[:1]}, seed=1, provider=None)

    assert batches.may_be_committed_by(request_) is expected
