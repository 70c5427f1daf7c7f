"""The client signs known requests with their known signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import httpx
import pytest
from drs_batch_client import AccessKeyAuth, Language, connect

from conformance.selftest.support.client.doors import COMMITTED, Exchanges
from conformance.selftest.support.signature_vectors import (
    ACCESS_KEY,
    COMMIT,
    DATE,
    JOB,
    NOW,
    PROJECT,
    SECRET_KEY,
    VECTORS,
)

if TYPE_CHECKING:
    from conformance.selftest.support.signature_vectors import Vector


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_known_requests_have_known_signatures(vector: Vector) -> None:
    auth = AccessKeyAuth(
        access_key=vector.access_key,
        secret_key=vector.secret_key,
        project_id=vector.headers.get("x-project-id"),
        clock=lambda: vector.moment,
    )
    headers = {name: value for name, value in vector.headers.items() if name in ("content-type", "x-language")}
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)), auth=auth) as client:
        # httpx encodes the parameters itself, a blank as a plus, which the client must change.
        request = client.request(
            vector.method,
            f"https://{vector.headers['host']}{vector.path}",
            params=dict(parse_qsl(vector.query)) or None,
            headers=headers,
            content=vector.body,
        ).request
    assert request.headers.get_list("Authorization") == [vector.authorization]


def test_a_commit_by_the_client_has_the_known_signature() -> None:
    service = Exchanges(lambda _: httpx.Response(200, json=COMMITTED))
    auth = AccessKeyAuth(access_key=ACCESS_KEY, secret_key=SECRET_KEY, clock=lambda: NOW)
    transport = httpx.MockTransport(service)
    with connect(region="cn-north-4", project_id=PROJECT, auth=auth, transport=transport) as client:
        client.commit_async_job(JOB, language=Language.EN_US)
    [request] = service.requests
    assert (request.method, str(request.url)) == ("POST", f"https://{COMMIT.headers['host']}{COMMIT.path}")
    assert request.headers.get_list("Authorization") == [COMMIT.authorization]
    assert request.headers.get_list("X-Project-Id") == [PROJECT]
    assert request.headers.get_list("X-Sdk-Date") == [DATE]
    assert "X-Auth-Token" not in request.headers
    assert "X-Security-Token" not in request.headers
