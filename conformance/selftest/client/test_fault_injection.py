"""A call commits a batch at most once, wherever the network breaks, and reports correctly what is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import DrsError, OutcomeUnknownError, Retries
from drs_batch_client.models import CommittedAsyncJob
from drs_batch_client.runtime import retries
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conformance.selftest.support.client.doors import GATEWAY_ERROR, SERVICE_ERROR, at
from conformance.selftest.support.client.faulty_network import Fault, faulty_network
from conformance.selftest.support.mock_client import READY, MockClient, running_mock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.selftest.support.client.doors import Door

COMMITTED = "COMMIT_SUCCESS"
BEYOND = 100_000
"""More octets than any request or answer has."""
SILENCE = 0.25
"""Seconds until the client gives up on a silent connection."""


def answer(status: int, body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nRetry-After: 0\r\nContent-Length: {len(content)}"
    return head.encode() + b"\r\n\r\n" + content


THROTTLED, UNAVAILABLE = answer(429, GATEWAY_ERROR), answer(503, GATEWAY_ERROR)
ANSWERS = [
    THROTTLED,
    UNAVAILABLE,
    answer(503, SERVICE_ERROR),
    *(answer(status, GATEWAY_ERROR) for status in (401, 403, 404, 500, 502, 504)),
    *(answer(status, "busy") for status in (307, 500, 503)),
]
parts = st.none() | st.integers(0, 800)
faults = st.builds(
    Fault,
    passed=parts,
    returned=parts,
    instead=st.none() | st.sampled_from(ANSWERS),
    # A silent end takes time.
    end=st.sampled_from(["kept", "kept", "closed", "closed", "reset", "reset", "silent"]),
).filter(lambda fault: fault.end != "kept" or (fault.passed, fault.returned) == (None, None))
harmless = st.sampled_from([Fault(instead=THROTTLED), Fault(instead=UNAVAILABLE, end="closed")])


@pytest.fixture(scope="module")
def mock() -> Iterator[MockClient]:
    with running_mock() as mock_client:
        yield mock_client


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(before=st.lists(harmless, max_size=2), fault=faults)
@example(before=[], fault=Fault(passed=0, returned=0, end="reset"))
@example(before=[], fault=Fault(passed=BEYOND, returned=0, end="closed"))
@example(before=[], fault=Fault(passed=BEYOND, returned=0, end="silent"))
@example(before=[], fault=Fault(passed=BEYOND, returned=20, end="reset"))
@example(before=[Fault(instead=THROTTLED)], fault=Fault(returned=200, end="closed"))
def test_a_batch_is_committed_at_most_once_and_the_error_says_what_is_known(
    mock: MockClient, commit: Door, before: list[Fault], fault: Fault
) -> None:
    received, status, outcome = observed(mock, commit, [*before, fault])

    assert received in ([], [200])
    assert (received == [200]) is (status == COMMITTED)
    if isinstance(outcome, CommittedAsyncJob):
        assert status == COMMITTED
    elif not isinstance(outcome, OutcomeUnknownError):
        assert status == READY


@pytest.mark.parametrize(
    ("repeated", "fault"),
    [
        (httpx.ReadTimeout, Fault(passed=BEYOND, returned=0, end="silent")),
        (httpx.ReadError, Fault(passed=BEYOND, returned=20, end="reset")),
        (httpx.RemoteProtocolError, Fault(passed=BEYOND, returned=0, end="closed")),
    ],
)
def test_a_client_that_retries_blindly_commits_twice_and_the_mock_records_it(
    mock: MockClient,
    commit: Door,
    repeated: type[httpx.TransportError],
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "_TRANSIENT", (repeated,))

    received, *_ = observed(mock, commit, [fault], timeout=4 * SILENCE)

    # The second commit is refused, so the caller would get the opposite of what happened.
    assert received[:2] == [200, 400]


def observed(
    mock: MockClient, commit: Door, faults: list[Fault], *, timeout: float = SILENCE
) -> tuple[list[int], str, CommittedAsyncJob | DrsError]:
    """Commit over such a network; return the statuses of the mock, the state of the batch, and the outcome."""
    job_id = mock.make()
    with faulty_network(mock.server.url, faults) as url:
        place = {**at(mock), "base_url": url, "timeout": timeout, "retries": Retries(attempts=4, wait=0)}
        outcome = outcome_of(commit, job_id, place)
    requests = mock.client.get("/_mock/requests").json()["requests"]
    return [r["status"] for r in requests if job_id in r["target"]], mock.status(job_id), outcome


def outcome_of(commit: Door, job_id: str, place: dict[str, Any]) -> CommittedAsyncJob | DrsError:
    try:
        return commit(job_id, **place)
    except DrsError as error:
        return error
