"""Credentials are not sent over plain HTTP to another machine, unless that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client import AccessKeyAuth, PasswordAuth, TokenAuth

from conformance.selftest.support.client.doors import (
    BATCH,
    COMMITTED,
    TOKEN,
    Exchanges,
    accepting,
    at,
    own_client,
)
from conformance.selftest.support.servers import answering

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

ELSEWHERE = [
    *("drs.example", "10.0.0.1", "192.168.1.1:8080", "[::]", "[2001:db8::1]", "169.254.1.1", "drs"),
    *("localhost.example", "127.0.0.1.example", "notlocalhost", "128.0.0.1", "[::ffff:10.0.0.1]"),
]
LOOPBACK = ["127.0.0.1", "127.255.0.9:8080", "localhost", "LOCALHOST:1", "a.localhost", "localhost.", "[::1]:8080"]
AUTHS: dict[str, httpx.Auth] = {
    "token": TokenAuth(TOKEN),
    "access key": AccessKeyAuth(access_key="an-access-key-id", secret_key="a-secret-key"),
    "another": httpx.BasicAuth("somebody", "a-password"),
}


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("host", ELSEWHERE)
def test_plain_http_to_another_machine_is_rejected(commit: Door, host: str, auth: str) -> None:
    exchanges = accepting()

    with pytest.raises(ValueError, match=r"^base_url .*in clear.* https.* plain_http=True$"):
        commit(base_url=f"http://{host}", transport=httpx.MockTransport(exchanges), auth=AUTHS[auth])
    assert exchanges.requests == []


@pytest.mark.parametrize("host", ELSEWHERE)
def test_plain_http_is_used_if_it_is_asked_for(commit: Door, host: str) -> None:
    job = commit(base_url=f"http://{host}", transport=httpx.MockTransport(accepting()), plain_http=True)
    assert job.async_job_id == BATCH


@pytest.mark.parametrize("host", LOOPBACK)
def test_plain_http_on_this_machine_is_used(commit: Door, host: str) -> None:
    job = commit(base_url=f"http://{host}", transport=httpx.MockTransport(accepting()))
    assert job.async_job_id == BATCH


def test_plain_http_by_a_client_of_the_user_is_rejected(commit: Door) -> None:
    own = own_client(commit, transport=httpx.MockTransport(accepting()))

    with pytest.raises(ValueError, match="plain_http=True"):
        commit(base_url="http://drs.example", http_client=own)
    assert commit(base_url="http://drs.example", http_client=own, plain_http=True).async_job_id == BATCH


def test_a_password_is_not_sent_over_plain_http(commit: Door) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_iam = request.url.path == "/v3/auth/tokens"
        return (
            httpx.Response(201, headers={"X-Subject-Token": TOKEN}) if is_iam else httpx.Response(200, json=COMMITTED)
        )

    exchanges = Exchanges(answer)
    auth = PasswordAuth(user="user", password="a-password", domain="domain", iam_url="http://iam.example")
    with pytest.raises(ValueError, match=r"^iam_url .* plain_http=True$"):
        commit(auth=auth, transport=httpx.MockTransport(exchanges))
    assert exchanges.requests == []
    assert commit(auth=auth, transport=httpx.MockTransport(exchanges), plain_http=True).async_job_id == BATCH


def test_plain_http_to_this_machine_through_a_proxy_elsewhere_is_rejected(
    commit: Door, mock: MockClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="plain_http=True"):
        commit(**at(mock), proxy="http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    with pytest.raises(ValueError, match="plain_http=True"):
        commit(**at(mock))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    job_id = mock.make()
    assert commit(job_id, **at(mock)).async_job_id == job_id


def test_plain_http_through_a_proxy_on_this_machine_is_used(commit: Door) -> None:
    body = b'{"job": {"async_job_id": "b1"}}'
    with answering(200, body) as proxy:
        assert commit("b1", base_url="http://localhost:9", proxy=proxy).async_job_id == "b1"


@pytest.mark.parametrize("wrong", [None, 1, "yes"])
def test_the_option_is_a_bool(commit: Door, wrong: object) -> None:
    with pytest.raises(TypeError, match="plain_http must be True or False, not"):
        commit(plain_http=wrong)
