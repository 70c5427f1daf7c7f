"""A user's token is requested from IAM before the first call, and renewed before it expires and after a 401."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import AuthenticationError, PasswordAuth, TransportError, connect, connect_async
from drs_batch_client.runtime.settings import Settings

from conformance.mock.settings import MockSettings
from conformance.selftest.support.client.clouds import DOMAIN, IAM_URL, NOW, PASSWORD, USER, Cloud, recorded_tokens
from conformance.selftest.support.client.doors import BASE_URL, PROJECT, arguments, blocking
from conformance.selftest.support.mock_client import READY, MockClient, running_mock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from conformance.selftest.support.client.doors import Door

SETTINGS = MockSettings()


def settings(cloud: Cloud) -> Settings:
    transport = httpx.MockTransport(cloud)
    return Settings(transport=transport, async_transport=transport)


@pytest.fixture
def issued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return recorded_tokens(monkeypatch)


def at_the_mock(mock: MockClient, **changes: object) -> dict[str, Any]:
    own: dict[str, Any] = {
        "user": SETTINGS.iam_user,
        "password": SETTINGS.iam_password,
        "domain": SETTINGS.iam_domain,
        "iam_url": mock.server.url,
    }
    auth = PasswordAuth(**{**own, **changes})
    return {"base_url": mock.server.url, "project_id": SETTINGS.project_id, "auth": auth}


def test_the_mock_issues_a_token_and_accepts_it(commit: Door, mock: MockClient, issued: list[str]) -> None:
    here = at_the_mock(mock)
    batches = [mock.make(), mock.make()]
    assert [commit(batch, **here).async_job_id for batch in batches] == batches
    assert len(issued) == 1


def test_a_token_is_renewed_five_minutes_before_its_end(commit: Door, issued: list[str]) -> None:
    cloud = Cloud()
    with running_mock(MockSettings(clock=cloud.clock)) as mock:
        here = at_the_mock(mock, clock=cloud.clock)
        for since, tokens in [(0, 1), (23 * 60 + 54, 1), (23 * 60 + 55, 2), (24 * 60, 2), (47 * 60 + 50, 3)]:
            cloud.now = NOW + timedelta(minutes=since)
            assert commit(mock.make(), **here).status == "COMMIT_SUCCESS"
            assert len(issued) == tokens


def test_a_token_that_has_expired_by_the_clock_of_the_mock_is_renewed(commit: Door, issued: list[str]) -> None:
    cloud = Cloud()
    with running_mock(MockSettings(clock=cloud.clock)) as mock:
        here = at_the_mock(mock, clock=lambda: NOW)
        commit(mock.make(), **here)
        cloud.now += timedelta(days=2)
        assert commit(mock.make(), **here).status == "COMMIT_SUCCESS"
        statuses = [request["status"] for request in mock.client.get("/_mock/requests").json()["requests"]]
    assert statuses == [200, 401, 200]
    assert len(issued) == 2


@pytest.mark.parametrize("changes", [{"user": "other"}, {"password": "other"}, {"domain": "other"}])
def test_the_mock_issues_no_token_to_another_user(commit: Door, mock: MockClient, changes: dict[str, str]) -> None:
    here = at_the_mock(mock, **changes)
    batch = mock.make()
    for _ in range(2):
        with pytest.raises(AuthenticationError, match=r"\(status 401: The username or password is wrong\.\)"):
            commit(batch, **here)
    assert mock.status(batch) == READY
    assert mock.client.get("/_mock/requests").json()["requests"] == []


def test_the_requested_token_is_for_the_project(commit: Door) -> None:
    cloud = Cloud()
    commit(auth=cloud.auth(), transport=httpx.MockTransport(cloud))
    user = {"name": USER, "password": PASSWORD, "domain": {"name": DOMAIN}}
    assert cloud.asked == [
        {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"id": PROJECT}},
            }
        }
    ]


@pytest.mark.parametrize(
    ("changes", "place", "url"),
    [
        ({"iam_url": None}, {"region": "cn-north-4"}, "https://iam.cn-north-4.myhuaweicloud.com"),
        ({"iam_url": None}, {"region": "tr-west-1"}, "https://iam.tr-west-1.myhuaweicloud.com"),
        ({"iam_url": None}, {"base_url": "https://drs.cn-north-4.myhuaweicloud.com/"}, "https://iam.cn-north-4.myhuaweicloud.com"),
        ({"iam_url": "https://iam.example/"}, {"region": "cn-north-4"}, "https://iam.example"),
        ({"iam_url": "http://localhost:5000/iam/"}, {}, "http://localhost:5000/iam"),
    ],
)  # fmt: skip
def test_iam_is_that_of_the_region_by_default(changes: dict[str, Any], place: dict[str, Any], url: str) -> None:
    cloud = Cloud()
    asked: list[str] = []

    def service(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        answer = httpx.Response(404) if request.url.path.endswith("/v3/auth/tokens") else cloud(request)
        assert "X-Auth-Token" not in request.headers
        return answer

    with pytest.raises(TransportError, match=r"check iam_url$"):
        blocking(auth=cloud.auth(**changes), transport=httpx.MockTransport(service), **place)
    assert asked == [f"{url}/v3/auth/tokens?nocatalog=true"]


def test_after_a_401_a_call_is_repeated_only_once_with_a_new_token(commit: Door) -> None:
    cloud = Cloud()
    auth, transport = cloud.auth(), httpx.MockTransport(cloud)
    commit(auth=auth, transport=transport)
    cloud.ends.clear()
    commit(auth=auth, transport=transport)
    assert cloud.tokens == ["token-1", "token-1", "token-2"]
    cloud.rejecting = True
    with pytest.raises(AuthenticationError, match=r"APIGW\.0301"):
        commit(auth=auth, transport=transport)
    assert cloud.tokens[3:] == ["token-2", "token-3"]
    assert len(cloud.asked) == 3


def test_after_a_401_an_outage_of_iam_is_an_error_without_effect(commit: Door) -> None:
    cloud = Cloud()
    auth, transport = cloud.auth(), httpx.MockTransport(cloud)
    commit(auth=auth, transport=transport)
    cloud.rejecting, cloud.answer = True, httpx.Response(503)
    with pytest.raises(
        TransportError, match=r"^IAM at .* has an outage or is busy .*; without a token, the call had no effect$"
    ):
        commit(auth=auth, transport=transport)


def test_the_current_token_is_used_during_an_outage_of_iam(commit: Door) -> None:
    cloud = Cloud()
    auth, transport = cloud.auth(), httpx.MockTransport(cloud)
    commit(auth=auth, transport=transport)
    cloud.answer = httpx.ConnectError("down")
    for minutes in (57, 58, 59):
        cloud.now = NOW + timedelta(hours=23, minutes=minutes)
        commit(auth=auth, transport=transport)
    assert cloud.tokens == ["token-1"] * 4
    cloud.now = NOW + timedelta(days=1)
    with pytest.raises(TransportError, match=r"^IAM at https://iam\.example does not answer \(down\); .* no effect$"):
        commit(auth=auth, transport=transport)


class Stream(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends a body in parts, as the network does."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        return self._sent(request, b"".join(request.stream))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        return self._sent(request, b"".join([part async for part in request.stream]))

    def _sent(self, request: httpx.Request, body: bytes) -> httpx.Response:
        return self._cloud(httpx.Request(request.method, request.url, headers=request.headers, content=body))


def test_a_body_that_comes_in_parts_is_sent_again_after_a_401() -> None:
    def parts() -> Iterator[bytes]:
        yield from (b"a", b"b")

    async def parts_for_asyncio() -> AsyncIterator[bytes]:
        for part in (b"a", b"b"):
            yield part

    async def put() -> int:
        async with httpx.AsyncClient(transport=Stream(cloud), auth=auth) as client:
            return (await client.put(BASE_URL, content=parts_for_asyncio())).status_code

    cloud = Cloud()
    auth = cloud.auth().scoped(PROJECT, None, settings(cloud))
    with httpx.Client(transport=Stream(cloud), auth=auth) as client:
        client.get(BASE_URL)
        cloud.ends.clear()
        assert client.put(BASE_URL, content=parts()).status_code == 200
    cloud.ends.clear()
    assert asyncio.run(put()) == 200
    assert cloud.bodies[1:] == [b"ab"] * 4


def test_clients_of_one_project_share_the_tokens_and_others_do_not() -> None:
    cloud = Cloud()
    auth, transport = cloud.auth(), httpx.MockTransport(cloud)
    for project in ("one", "two", "one", "two"):
        blocking(auth=auth, transport=transport, project_id=project)
    assert [body["auth"]["scope"]["project"]["id"] for body in cloud.asked] == ["one", "two"]
    assert cloud.tokens == ["token-1", "token-2"] * 2
    assert auth.secrets == (PASSWORD, "token-1", "token-2")
    with pytest.raises(ValueError, match=r"^auth is for project one, the connection for two$"):
        blocking(auth=cloud.auth(project_id="one"), project_id="two")


def test_without_a_connection_it_needs_the_url_and_the_project() -> None:
    with (
        httpx.Client(auth=PasswordAuth(user=USER, password=PASSWORD, domain=DOMAIN)) as client,
        pytest.raises(ValueError, match=r"^PasswordAuth needs iam_url and project_id"),
    ):
        client.get(BASE_URL)


@pytest.mark.parametrize("value", ["", "caf\udce9 \ud83d"])
@pytest.mark.parametrize("name", ["user", "password", "domain", "project_id"])
def test_a_value_that_cannot_be_sent_is_rejected_without_showing_it(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be one or more Unicode characters$"):
        Cloud().auth(**{name: value})


@pytest.mark.parametrize("name", ["user", "password", "domain"])
@pytest.mark.parametrize("value", [None, b"bytes", 1])
def test_a_value_that_is_not_a_str_is_rejected(name: str, value: object) -> None:
    with pytest.raises(TypeError, match=rf"^{name} must be a str, not (NoneType|bytes|int)$"):
        Cloud().auth(**{name: value})


@pytest.mark.parametrize(
    "url", ["", "iam.example", "ftp://iam.example", "https://u:p@iam.example", f"{IAM_URL}/?a=1", f"{IAM_URL}:x"]
)
def test_an_invalid_iam_url_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match=r"^iam_url (is not a URL|must be like https://iam\.cn-north-4)"):
        Cloud().auth(iam_url=url)


@pytest.mark.parametrize("door", [connect, connect_async])
def test_no_secret_is_in_a_repr(door: Callable[..., object]) -> None:
    cloud = Cloud()
    auth = cloud.auth()
    blocking(auth=auth, transport=httpx.MockTransport(cloud))
    shown = repr(auth) + repr(auth.scoped(PROJECT, None, settings(cloud))) + repr(door(**arguments({"auth": auth})))
    assert PASSWORD not in shown
    assert "token-1" not in shown
    assert USER in shown
