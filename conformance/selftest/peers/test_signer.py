"""Tests that the mock accepts requests signed by the vendor's signer, and rejects any that were changed."""

import string
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from hypothesis import given
from hypothesis import strategies as st

from conformance.mock.request import ReceivedRequest
from conformance.mock.settings import MockSettings
from conformance.selftest.support import verifying

SETTINGS = MockSettings(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
DATE = "20260101T000000Z"
PATH = f"/v5/{SETTINGS.project_id}/batch-async-jobs/bd4193aa-072d-4ce6-beec-adffc7252341/commit"
HEADERS = {"Content-Type": "application/json", "X-Project-Id": SETTINGS.project_id}
# Set by the signer or the HTTP library, or read by the authentication.
RESERVED = {
    "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host",
    "transfer-encoding", "user-agent", "x-project-id", "x-sdk-content-sha256", "x-sdk-date",
}  # fmt: skip

# The SDK's HTTP library resolves dot segments after signing, so they never arrive as they were signed.
DOT_SEGMENTS = (".", "..")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
header_names = (
    st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12)
    .map(lambda name: f"X{name}")
    .filter(lambda name: name.lower() not in RESERVED)
)
header_values = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
media_types = st.sampled_from(
    [None, "application/json", "application/json;charset=utf-8", "application/bson", "text/plain"]
)


@dataclass(frozen=True)
class Unsigned:
    """A request for the SDK; path segments, names and values are not encoded."""

    method: str = "POST"
    segments: tuple[str, ...] = tuple(PATH[1:].split("/"))
    query: tuple[tuple[str, Any], ...] = ()
    headers: tuple[tuple[str, str], ...] = tuple(HEADERS.items())
    body: bytes = b""


unsigned_requests = st.builds(
    Unsigned,
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    segments=st.lists(texts.filter(lambda text: text not in DOT_SEGMENTS), max_size=5).map(tuple),
    query=st.lists(
        st.tuples(texts, st.one_of(texts, st.booleans(), st.integers(), st.lists(texts, max_size=3))),
        max_size=4,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
    headers=st.tuples(
        st.lists(st.tuples(header_names, header_values), max_size=4, unique_by=lambda pair: pair[0].lower()),
        media_types,
    ).map(lambda drawn: (*drawn[0], *((("Content-Type", drawn[1]),) if drawn[1] else ()))),
    body=st.binary(max_size=40),
)


def signed(unsigned: Unsigned) -> ReceivedRequest:
    """Sign a request with the vendor's signer, and return it as the gateway receives it from the SDK."""
    request = SdkRequest(
        method=unsigned.method,
        schema="http",
        host="127.0.0.1:8000",
        resource_path="/" + "/".join(quote(segment, safe="") for segment in unsigned.segments),
        query_params=list(unsigned.query),
        header_params={**dict(unsigned.headers), "X-Sdk-Date": DATE},
        body=unsigned.body,
    )
    Signer(BasicCredentials(SETTINGS.access_key, SETTINGS.secret_key, SETTINGS.project_id)).sign(request)
    url = f"{request.schema}://{request.host}{request.uri}"
    sent = requests.Request(request.method, url, headers=request.header_params, data=request.body).prepare()
    path, _, query = str(sent.path_url).partition("?")
    return ReceivedRequest(
        method=str(sent.method),
        path=path.encode(),
        query=query.encode(),
        headers=tuple((name.lower().encode(), str(value).encode("latin-1")) for name, value in sent.headers.items()),
        body=unsigned.body,
        oversized=False,
        id="0" * 32,
    )


def accepted(request: ReceivedRequest) -> bool:
    return verifying.accepted(request, SETTINGS)


def with_header(request: ReceivedRequest, name: str, value: str) -> ReceivedRequest:
    headers = tuple((key, value.encode() if key == name.encode() else old) for key, old in request.headers)
    return replace(request, headers=headers)


def variants(text: str, alphabet: str) -> list[str]:
    """Return the text with each single character replaced by each other character of the alphabet."""
    return [
        f"{text[:index]}{other}{text[index + 1 :]}"
        for index, character in enumerate(text)
        for other in alphabet
        if other != character
    ]


@given(unsigned_requests)
def test_each_request_signed_by_the_vendor_is_accepted(unsigned: Unsigned) -> None:
    assert accepted(signed(unsigned))


@given(unsigned_requests, st.binary(min_size=1, max_size=40))
def test_another_body_is_refused_unless_it_was_not_signed(unsigned: Unsigned, body: bytes) -> None:
    request = replace(signed(unsigned), body=unsigned.body + body)
    unsigned_payload = bool(unsigned.body) and request.distinct("X-Sdk-Content-Sha256") == (b"UNSIGNED-PAYLOAD",)
    assert accepted(request) is unsigned_payload


@given(unsigned_requests.filter(lambda unsigned: unsigned.method != "POST"))
def test_another_method_is_refused(unsigned: Unsigned) -> None:
    assert not accepted(replace(signed(unsigned), method="POST"))


@given(unsigned_requests)
def test_another_query_is_refused(unsigned: Unsigned) -> None:
    request = signed(unsigned)
    assert not accepted(replace(request, query=request.query + b"&added=1"))


@given(unsigned_requests)
def test_another_value_of_a_signed_header_is_refused(unsigned: Unsigned) -> None:
    request = signed(unsigned)
    assert not accepted(with_header(request, "host", "another.example"))


@pytest.mark.parametrize("part", ["signature", "date", "path"])
def test_each_single_changed_character_is_refused(part: str) -> None:
    request = signed(Unsigned())
    (authorization,) = request.distinct("Authorization")
    head, signature = authorization.decode()[:-64], authorization.decode()[-64:]
    changed = {
        "signature": [
            with_header(request, "authorization", head + other) for other in variants(signature, string.hexdigits + "g")
        ],
        "date": [with_header(request, "x-sdk-date", other) for other in variants(DATE, string.digits + "TZ ")],
        "path": [replace(request, path=other.encode()) for other in variants(PATH, "/0aZ~._%-")],
    }[part]
    assert accepted(request)
    assert [other for other in changed if accepted(other)] == []
