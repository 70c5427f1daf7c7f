"""A renewal of a token that has no time for a retry neither explains the failure of the call nor is asked for again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client import OutcomeUnknownError, Retries, TransportError

from conformance.selftest.support.client.clouds import NOW, Cloud

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door

BUSY = httpx.Response(429, headers={"Retry-After": "30"}, json={})


def test_a_renewal_without_time_for_a_retry_is_not_that_of_the_call(commit: Door) -> None:
    cloud = Cloud()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "drs.example" and cloud.answer is not None:
            raise httpx.ReadError("broken", request=request)
        return cloud(request)

    auth, transport = cloud.auth(), httpx.MockTransport(answer)
    commit(auth=auth, transport=transport)
    cloud.now, cloud.answer = NOW + timedelta(hours=23, minutes=58), BUSY
    with pytest.raises(OutcomeUnknownError, match="ReadError: broken") as raised:
        commit(auth=auth, transport=transport, deadline=5, retries=Retries())
    assert "retry" not in str(raised.value)


def test_a_busy_iam_is_not_asked_by_each_call_while_the_token_is_valid(commit: Door) -> None:
    cloud = Cloud()
    auth, transport = cloud.auth(), httpx.MockTransport(cloud)
    commit(auth=auth, transport=transport)
    cloud.now, cloud.answer = NOW + timedelta(hours=23, minutes=58), BUSY
    for _ in range(3):
        commit(auth=auth, transport=transport, deadline=5, retries=Retries())
    assert len(cloud.asked) == 2
    assert cloud.tokens == ["token-1"] * 4
    cloud.now = NOW + timedelta(days=1)
    with pytest.raises(TransportError, match="outage or is busy"):
        commit(auth=auth, transport=transport, deadline=5, retries=Retries())
    assert len(cloud.asked) == 3
