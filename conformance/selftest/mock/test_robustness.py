"""The answer to any request is documented and is not a 5xx."""

from urllib.parse import quote_from_bytes

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.selftest.support.mock_client import MockClient, assert_documented, exchange

RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SEGMENTS = st.binary(max_size=40).map(quote_from_bytes) | st.text(max_size=20).map(
    lambda text: quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="/")
)
# Any octets that end neither the field line nor the head.
VALUES = st.binary(max_size=40).map(lambda value: bytes(byte for byte in value if byte not in b"\r\n"))
NAMES = st.sampled_from(
    [b"X-Language", b"Content-Type", b"X-Auth-Token", b"Authorization", b"X-Sdk-Date", b"X-Project-Id"]
)


def assert_documented_and_no_5xx(response: httpx.Response) -> None:
    assert response.status_code < 500
    assert_documented(response)


@RELAXED
@given(async_job_id=SEGMENTS)
def test_any_id_gets_a_documented_answer(shared_mock: MockClient, async_job_id: str) -> None:
    assert_documented_and_no_5xx(shared_mock.commit(async_job_id))


@RELAXED
@given(project_id=SEGMENTS)
def test_any_project_gets_a_documented_answer(shared_mock: MockClient, project_id: str) -> None:
    assert_documented_and_no_5xx(shared_mock.commit("a", project_id))


@RELAXED
@given(path=st.lists(SEGMENTS | st.sampled_from(["v5", "batch-async-jobs", "commit", "x"]), max_size=7))
def test_any_path_gets_a_documented_answer(shared_mock: MockClient, path: list[str]) -> None:
    assert_documented_and_no_5xx(shared_mock.client.post("/-" + "/".join(path)))


def post_raw(mock: MockClient, headers: list[tuple[bytes, bytes]]) -> httpx.Response:
    """Send a commit of a batch that does not exist, with header values that HTTP clients refuse to send."""
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    start = f"POST {mock.path('a')} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n".encode()
    return exchange(mock.server, start + lines + b"\r\n")


@RELAXED
@given(headers=st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_any_headers_get_a_documented_answer(shared_mock: MockClient, headers: list[tuple[bytes, bytes]]) -> None:
    own = [(name.encode(), value.encode()) for name, value in shared_mock.headers.items()]
    assert_documented_and_no_5xx(post_raw(shared_mock, headers))
    assert_documented_and_no_5xx(post_raw(shared_mock, [*own, *headers]))


@RELAXED
@given(value=VALUES)
def test_any_signature_is_refused(shared_mock: MockClient, value: bytes) -> None:
    access_key = shared_mock.server.settings.access_key
    access = f"SDK-HMAC-SHA256 Access={access_key}, SignedHeaders=x-sdk-date, Signature={'0' * 64}".encode()
    for authorization in (b"SDK-HMAC-SHA256 " + value, access):
        response = post_raw(shared_mock, [(b"Authorization", authorization), (b"X-Sdk-Date", value)])
        assert_documented_and_no_5xx(response)
        assert response.status_code in {400, 401}


@RELAXED
@given(body=st.binary(max_size=200))
def test_any_body_gets_a_documented_answer(shared_mock: MockClient, body: bytes) -> None:
    response = shared_mock.client.post(shared_mock.path("a"), headers=shared_mock.headers, content=body)
    assert_documented_and_no_5xx(response)
    assert response.status_code == 400
