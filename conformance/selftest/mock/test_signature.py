"""Signed requests (AK/SK): known signatures, and the errors that wrong ones are rejected with."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.auth.signing import signature_of
from conformance.mock.request import ReceivedRequest
from conformance.mock.settings import MockSettings
from conformance.mock.signature import Authorization, canonical_requests, verify
from conformance.selftest.support.mock_client import READY, MockClient, running_mock
from conformance.selftest.support.signature_vectors import (
    ACCESS_KEY,
    CANONICAL_COMMIT,
    COMMIT,
    DATE,
    HOST,
    NOW,
    PROJECT,
    SECRET_KEY,
    VECTORS,
    Vector,
)

AK, SK = ACCESS_KEY, SECRET_KEY
COMMON = {"Content-Type": "application/json", "X-Project-Id": PROJECT}


def received(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> ReceivedRequest:
    """Return the request as the gateway receives it."""
    parts = urlsplit(url)
    sent = {"Host": parts.netloc, **headers} if "host" not in headers else headers
    pairs = tuple((name.lower().encode(), value.encode()) for name, value in sent.items())
    return ReceivedRequest(method, parts.path.encode(), parts.query.encode(), pairs, body, oversized=False, id="0" * 32)


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_known_requests_have_known_signatures(vector: Vector) -> None:
    url = f"https://{vector.headers['host']}{vector.path}?{vector.query}"
    request = received(vector.method, url, vector.headers, vector.body)
    (canonical,) = canonical_requests(request, vector.names)
    assert hashlib.sha256(canonical).hexdigest() == vector.canonical_sha256
    assert signature_of(vector.secret_key, vector.date, canonical) == vector.signature
    assert verify(request, Authorization("any", vector.names, vector.signature), vector.secret_key, vector.date)


def test_the_canonical_request_is_the_documented_text() -> None:
    request = received("POST", f"https://{HOST}{COMMIT.path}", COMMIT.headers)
    assert list(canonical_requests(request, COMMIT.names)) == [CANONICAL_COMMIT]


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/a%20b/c", ["/a%20b/c/"]),
        ("/%7Ea/~b", ["/~a/~b/"]),
        ("/a%2Fb", ["/a%2Fb/", "/a/b/"]),
        ("/a/", ["/a/"]),
        ("/%E4%B8%80", ["/%E4%B8%80/"]),
    ],
)
def test_a_path_is_encoded_like_the_guide_and_like_the_sdk(path: str, canonical: list[str]) -> None:
    requests = canonical_requests(received("GET", f"https://h{path}", {}), ())
    assert [text.split(b"\n")[1].decode() for text in requests] == canonical


def test_a_query_is_sorted_by_name_then_value() -> None:
    (canonical,) = canonical_requests(received("GET", "https://h/?b=2&a=&b=1&a%20b&~=%2F", {}), ())
    assert canonical.split(b"\n")[2] == b"a=&a%20b=&b=1&b=2&~=%2F"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "SDK-HMAC-SHA256",
        f"SDK-HMAC-SHA256 Access=a,b, SignedHeaders=x-sdk-date, Signature={'0' * 64}",
        f"SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature={'0' * 64}",
        f"SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date;host, Signature={'0' * 64}",
        f"SDK-HMAC-SHA256 Access=a, SignedHeaders=X-Sdk-Date;x-sdk-date, Signature={'0' * 64}",
        f"SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date, Signature={'0' * 63}",
        f"SDK-HMAC-SM3 Access=a, SignedHeaders=x-sdk-date, Signature={'0' * 64}",
    ],
)
def test_a_malformed_authorization_is_not_parsed(value: str) -> None:
    assert Authorization.parse(value) is None


def signed(url: str, secret_key: str = SK, body: bytes = b"", **extra: str) -> dict[str, str]:
    """Return the headers of a signed commit."""
    changed = {name.replace("_", "-"): value for name, value in extra.items()}
    headers = {"Host": urlsplit(url).netloc, **COMMON, "X-Sdk-Date": DATE, **changed}
    names = tuple(sorted(name.lower() for name in headers))
    *_, canonical = canonical_requests(received("POST", url, headers, body), names)
    signature = signature_of(secret_key, headers["X-Sdk-Date"], canonical)
    authorization = f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "Authorization": authorization}


def clock_at(offset: timedelta) -> Callable[[], datetime]:
    return lambda: NOW + offset


@pytest.fixture
def signing_mock() -> Iterator[MockClient]:
    with running_mock(MockSettings(access_key=AK, secret_key=SK, clock=clock_at(timedelta()))) as mock:
        yield mock


def post(mock: MockClient, async_job_id: str, headers: dict[str, str], body: bytes = b"") -> httpx.Response:
    return mock.client.post(mock.path(async_job_id), headers=headers, content=body)


def url(mock: MockClient, async_job_id: str) -> str:
    return f"{mock.server.url}{mock.path(async_job_id)}"


def test_a_signed_request_needs_no_token(signing_mock: MockClient) -> None:
    job = signing_mock.make()
    assert post(signing_mock, job, signed(url(signing_mock, job))).status_code == 200


@pytest.mark.parametrize("token", ["wrong", MockSettings().expired_token])
def test_the_signature_decides_if_there_is_also_a_token(signing_mock: MockClient, token: str) -> None:
    job = signing_mock.make()
    headers = {**signed(url(signing_mock, job)), "X-Auth-Token": token}
    assert post(signing_mock, job, headers).status_code == 200


def test_a_signed_body_is_hashed(signing_mock: MockClient) -> None:
    job = signing_mock.make()
    headers = signed(url(signing_mock, job), body=b"{}")
    assert post(signing_mock, job, headers, b"[]").status_code == 401
    assert post(signing_mock, job, headers, b"{}").status_code == 200


def test_an_unsigned_payload_accepts_any_body(signing_mock: MockClient) -> None:
    job = signing_mock.make()
    headers = signed(url(signing_mock, job), X_Sdk_Content_Sha256="UNSIGNED-PAYLOAD")
    assert post(signing_mock, job, headers, b"any").status_code == 200


def test_an_id_with_a_slash_is_accepted_in_both_canonical_forms(signing_mock: MockClient) -> None:
    for job in ("a%2Fb", "c%2Fd%20e"):
        signing_mock.make(async_job_id=httpx.URL(f"http://h/{job}").path[1:])
        assert post(signing_mock, job, signed(url(signing_mock, job))).status_code == 200


@pytest.mark.parametrize("project_id", [MockSettings().foreign_project_id, "", "other"])
def test_a_signature_for_another_project_is_forbidden(signing_mock: MockClient, project_id: str) -> None:
    job = signing_mock.make()
    response = post(signing_mock, job, signed(url(signing_mock, job), X_Project_Id=project_id))
    assert (response.status_code, response.json()["error_code"]) == (403, "APIGW.0302")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            lambda h: {**h, "Authorization": h["Authorization"].replace(AK, "AKOTHER")},
            "access key does not exist",
            id="unknown key",
        ),
        pytest.param(
            lambda h: {**h, "Authorization": h["Authorization"][:-1] + "g"}, "malformed", id="malformed signature"
        ),
        pytest.param(
            lambda h: {**h, "X-Language": "zh-cn", "Content-Type": "application/json;"},
            "signature fail",
            id="changed header",
        ),
        pytest.param(lambda h: {**h, "X-Sdk-Date": "20260101T000001Z"}, "signature fail", id="changed date"),
        pytest.param(lambda h: {**h, "X-Sdk-Date": "20261301T000000Z"}, "malformed", id="impossible date"),
        pytest.param(lambda h: {**h, "X-Sdk-Date": "yesterday"}, "malformed", id="text as date"),
        pytest.param(lambda h: {n: v for n, v in h.items() if n != "X-Sdk-Date"}, "malformed", id="no date"),
        pytest.param(
            lambda h: {n: v for n, v in h.items() if n != "X-Project-Id"}, "signature fail", id="missing signed header"
        ),
    ],
)
def test_a_wrong_signature_is_refused_without_secrets(
    signing_mock: MockClient, change: Callable[[dict[str, str]], dict[str, str]], reason: str
) -> None:
    job = signing_mock.make()
    headers = change(signed(url(signing_mock, job)))
    response = post(signing_mock, job, headers)
    assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0301")
    assert response.json()["error_msg"].endswith(reason)
    assert not any(secret in response.text for secret in (AK, SK, headers["Authorization"][-64:]))
    assert signing_mock.status(job) == READY


@pytest.mark.parametrize(("seconds", "status"), [(-901, 401), (-900, 200), (900, 200), (901, 401)])
def test_a_signature_expires_after_15_minutes(seconds: int, status: int) -> None:
    settings = MockSettings(access_key=AK, secret_key=SK, clock=clock_at(timedelta(seconds=seconds)))
    with running_mock(settings) as mock:
        job = mock.make()
        response = post(mock, job, signed(url(mock, job)))
        assert response.status_code == status
        assert ("signature expired" in response.text) is (status == 401)


def test_a_signature_by_another_key_is_refused(signing_mock: MockClient) -> None:
    job = signing_mock.make()
    assert post(signing_mock, job, signed(url(signing_mock, job), secret_key="other")).status_code == 401
