"""Known requests have known signatures: the example of the vendor's guide, and three made with the vendor's SDK."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest
from drs_batch_client import AccessKeyAuth, Language, connect
from drs_batch_client.runtime import signing

from conformance.selftest.client.doors import BATCH, COMMITTED, PROJECT, Exchanges

AK, SK = "AKEXAMPLE0000000001", "SKEXAMPLE00000000000000000000000000000001"
HOST = "drs.cn-north-4.myhuaweicloud.com"
JOBS = f"https://{HOST}/v5/{PROJECT}/batch-async-jobs"
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
COMMON = "content-type;host;x-project-id;x-sdk-date"


@dataclass(frozen=True)
class Vector:
    """A request, and the signature that it must have; `asked` is what `httpx.Client.request` takes."""

    method: str
    url: str
    canonical_sha256: str
    signature: str
    signed: str = COMMON
    asked: dict[str, Any] = field(default_factory=dict)
    access_key: str = AK
    secret_key: str = SK
    project_id: str | None = PROJECT
    now: datetime = NOW

    @property
    def authorization(self) -> str:
        return f"SDK-HMAC-SHA256 Access={self.access_key}, SignedHeaders={self.signed}, Signature={self.signature}"

    @property
    def auth(self) -> AccessKeyAuth:
        return AccessKeyAuth(
            access_key=self.access_key,
            secret_key=self.secret_key,
            project_id=self.project_id,
            clock=lambda: self.now,
        )


COMMIT = Vector(
    "POST",
    f"{JOBS}/{BATCH}/commit",
    "53931be02f7701b552a3f21befe82f1f4034a42b31c27fdf777c90c38223918b",
    "0a20810d87c3d8d325657d1d7c4c828547876e162bd76581b585bbfc4b2f03d5",
    signed="content-type;host;x-language;x-project-id;x-sdk-date",
    asked={"headers": {"X-Language": "en-us"}},
)
VECTORS = {
    "guide": Vector(
        "GET",
        "https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs"
        "?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
        "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
        "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
        signed="content-type;host;x-sdk-date",
        access_key="QTWAOYTTINDUT2QVKYUC",
        secret_key="MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
        project_id=None,
        now=datetime(2019, 11, 15, 3, 36, 55, tzinfo=timezone.utc),
    ),
    "commit": COMMIT,
    "query": Vector(
        "GET",
        JOBS,
        "daa4bbda146866de27a6fdeba5d4569a50b2469893d99a349d5e2d8ee80983de",
        "5c996bfd456639bdbe6d856ae21537e6669e9428d0cf2e92bc6d0d3030fb9dde",
        asked={"params": {"status": "COMMIT_SUCCESS", "offset": 0, "limit": 10, "user_name": "a b"}},
    ),
    "body": Vector(
        "PUT",
        f"{JOBS}/{BATCH}",
        "f8f8a3c79c40b7c401894d57092bce23cfc9637be3c5cdbec77c32a04da21881",
        "9c35995920bced8acefa8bedb2399e68415e12bfcfbadb95356a67e74c7aac33",
        asked={"content": b'{"jobs": []}'},
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_known_requests_have_known_signatures(vector: Vector) -> None:
    headers = {"Content-Type": "application/json", **vector.asked.get("headers", {})}
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)), auth=vector.auth) as client:
        request = client.request(vector.method, vector.url, **{**vector.asked, "headers": headers}).request
    assert request.headers["Authorization"] == vector.authorization
    arguments: dict[str, Any] = {
        "method": request.method,
        "target": request.url.raw_path,
        "headers": {name: request.headers[name].encode() for name in vector.signed.split(";")},
        "body": request.content,
    }
    assert signing.authorization(vector.access_key, vector.secret_key, **arguments) == vector.authorization
    canonical = signing.canonical_request(**arguments)
    assert hashlib.sha256(canonical).hexdigest() == vector.canonical_sha256


def test_the_canonical_request_is_the_documented_text() -> None:
    headers = {
        "content-type": b"application/json",
        "host": HOST.encode(),
        "x-language": b"en-us",
        "x-project-id": PROJECT.encode(),
        "x-sdk-date": b"20260101T000000Z",
    }
    target = f"/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit".encode()
    canonical = signing.canonical_request(method="post", target=target, headers=headers, body=b"")
    assert canonical.decode().split("\n") == [
        "POST",
        f"/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit/",
        "",
        "content-type:application/json",
        f"host:{HOST}",
        "x-language:en-us",
        f"x-project-id:{PROJECT}",
        "x-sdk-date:20260101T000000Z",
        "",
        COMMIT.signed,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]


def test_a_commit_by_the_client_has_the_known_signature() -> None:
    service = Exchanges(lambda _: httpx.Response(200, json=COMMITTED))
    auth = AccessKeyAuth(access_key=AK, secret_key=SK, clock=lambda: NOW)
    transport = httpx.MockTransport(service)
    with connect(region="cn-north-4", project_id=PROJECT, auth=auth, transport=transport) as client:
        client.commit_async_job(BATCH, language=Language.EN_US)
    [request] = service.requests
    assert (request.method, str(request.url)) == ("POST", COMMIT.url)
    assert request.headers.get_list("Authorization") == [COMMIT.authorization]
    assert request.headers.get_list("X-Project-Id") == [PROJECT]
    assert request.headers.get_list("X-Sdk-Date") == ["20260101T000000Z"]
    assert "X-Auth-Token" not in request.headers
    assert "X-Security-Token" not in request.headers


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", "/"),
        (b"/a%20b/c", "/a%20b/c/"),
        (b"/%7Ea/~b", "/~a/~b/"),
        (b"/a%2fb", "/a%2Fb/"),
        (b"/a/", "/a/"),
        (b"//a", "//a/"),
        (b"/%e4%b8%80", "/%E4%B8%80/"),
        (b"/a:b@c!", "/a%3Ab%40c%21/"),
        (b"/%2541", "/%2541/"),
    ],
)
def test_a_path_is_encoded_anew_and_closed_by_a_slash(target: bytes, path: str) -> None:
    canonical = signing.canonical_request(method="GET", target=target, headers={}, body=b"")
    assert canonical.decode().split("\n")[1] == path


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        (b"", ""),
        (b"b=2&a=&b=1&a%20b&~=%2F", "a=&a%20b=&b=1&b=2&~=%2F"),
        (b"a=1=2", "a=1%3D2"),
        (b"&&a=1&", "a=1"),
        (b"%C3%A9=1&z=1&%41=1", "A=1&z=1&%C3%A9=1"),
    ],
)
def test_a_query_is_sorted_by_name_and_value_before_it_is_encoded(query: bytes, canonical: str) -> None:
    text = signing.canonical_request(method="GET", target=b"/?" + query, headers={}, body=b"").decode()
    assert text.split("\n")[2] == canonical


def test_a_header_is_signed_without_the_blanks_around_its_value() -> None:
    headers = {"x-b": b" \ta  b\t ", "x-a": b"", "host": "é".encode()}
    canonical = signing.canonical_request(method="GET", target=b"/", headers=headers, body=b"")
    assert canonical.split(b"\n")[3:8] == [b"host:\xc3\xa9", b"x-a:", b"x-b:a  b", b"", b"host;x-a;x-b"]


@pytest.mark.parametrize(
    ("body", "declared", "payload"),
    [
        (b"{}", None, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
        (b"{}", b"UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD"),
        (b"", b"UNSIGNED-PAYLOAD", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_a_body_counts_by_its_hash_unless_the_request_declares_another_one(
    body: bytes, declared: bytes | None, payload: str
) -> None:
    headers = {} if declared is None else {"x-sdk-content-sha256": declared}
    canonical = signing.canonical_request(method="PUT", target=b"/", headers=headers, body=body)
    assert canonical.decode().split("\n")[-1] == payload
