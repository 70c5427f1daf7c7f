"""Signing with an access key: known signatures, and what the mock's verification makes of any other."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.exchange import Request, Response
from conformance.selftest.server import verifying
from conformance.selftest.server.rehearsal import READY, Rehearsal, rehearsed
from conformance.selftest.server.verifying import flips
from conformance.server import request as server
from conformance.server.settings import MockSettings
from conformance.signing import SigningKey, canonical_path, canonical_request, sign, signature_of
from conformance.transport import HttpTransport, Limits

KEY = SigningKey("AKEXAMPLE0000000001", "SKEXAMPLE00000000000000000000000000000001")
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
DATE = "20260101T000000Z"
HOST = "drs.cn-north-4.myhuaweicloud.com"
PROJECT = "054ba152d480d55b2f5dc0069e7ddef0"
JOB = "bd4193aa-072d-4ce6-beec-adffc7252341"
JOBS = f"/v5/{PROJECT}/batch-async-jobs"
JSON = ("Content-Type", "application/json")
ENGLISH = ("X-Language", "en-us")
COMMIT = Request("POST", f"{JOBS}/{JOB}/commit", (("X-Auth-Token", "any"), JSON, ENGLISH))
NO_BODY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@dataclass(frozen=True)
class Vector:
    """What is signed, and what has to come of it; `headers` are the signed ones."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    payload: str
    hash: str
    signature: str
    secret_key: str = KEY.secret_key
    date: str = DATE


COMMON = (("content-type", "application/json"), ("host", HOST), ("x-project-id", PROJECT), ("x-sdk-date", DATE))
VECTORS = {
    "guide": Vector(
        "GET",
        "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
        "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
        (
            ("content-type", "application/json"),
            ("host", "service.region.example.com"),
            ("x-sdk-date", "20191115T033655Z"),
        ),
        NO_BODY,
        "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
        "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
        "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc",
        "20191115T033655Z",
    ),
    "commit": Vector(
        "POST",
        f"{JOBS}/{JOB}/commit",
        "",
        tuple(sorted((*COMMON, ("x-language", "en-us")))),
        NO_BODY,
        "53931be02f7701b552a3f21befe82f1f4034a42b31c27fdf777c90c38223918b",
        "0a20810d87c3d8d325657d1d7c4c828547876e162bd76581b585bbfc4b2f03d5",
    ),
    "query": Vector(
        "GET",
        JOBS,
        "status=COMMIT_SUCCESS&offset=0&limit=10&user_name=a%20b",
        COMMON,
        NO_BODY,
        "daa4bbda146866de27a6fdeba5d4569a50b2469893d99a349d5e2d8ee80983de",
        "5c996bfd456639bdbe6d856ae21537e6669e9428d0cf2e92bc6d0d3030fb9dde",
    ),
    "body": Vector(
        "PUT",
        f"{JOBS}/{JOB}",
        "",
        COMMON,
        "921e8f3293fce9361134d3b09cc4cf53f832e92dd9bc5c98bd865d2fadaf51e5",
        "f8f8a3c79c40b7c401894d57092bce23cfc9637be3c5cdbec77c32a04da21881",
        "9c35995920bced8acefa8bedb2399e68415e12bfcfbadb95356a67e74c7aac33",
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_known_requests_have_known_signatures(vector: Vector) -> None:
    headers = [(name, value.encode()) for name, value in vector.headers]
    path = canonical_path(vector.path.encode())
    canonical = canonical_request(vector.method, path, vector.query.encode(), headers, vector.payload)
    assert hashlib.sha256(canonical).hexdigest() == vector.hash
    assert signature_of(vector.secret_key, vector.date, canonical) == vector.signature


def test_the_canonical_request_is_the_documented_text() -> None:
    vector = VECTORS["commit"]
    headers = [(name, value.encode()) for name, value in vector.headers]
    canonical = canonical_request("POST", canonical_path(vector.path.encode()), b"", headers, vector.payload)
    assert canonical.decode() == (
        "POST\n"
        "/v5/054ba152d480d55b2f5dc0069e7ddef0/batch-async-jobs/bd4193aa-072d-4ce6-beec-adffc7252341/commit/\n"
        "\n"
        "content-type:application/json\n"
        "host:drs.cn-north-4.myhuaweicloud.com\n"
        "x-language:en-us\n"
        "x-project-id:054ba152d480d55b2f5dc0069e7ddef0\n"
        "x-sdk-date:20260101T000000Z\n"
        "\n"
        "content-type;host;x-language;x-project-id;x-sdk-date\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def signed(request: Request, key: SigningKey = KEY, *, prefix: str = "", moment: datetime = NOW) -> Request:
    return sign(request, key, host=HOST, prefix=prefix, project_id=PROJECT, moment=moment)


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("commit", COMMIT),
        ("query", Request("GET", f"{JOBS}?{VECTORS['query'].query}", (JSON,))),
        ("body", Request("PUT", f"{JOBS}/{JOB}", (JSON,), b'{"jobs": []}')),
    ],
)
def test_a_request_is_signed_to_the_letter(name: str, request_: Request) -> None:
    vector = VECTORS[name]
    kept = tuple(header for header in request_.headers if header[0] != "X-Auth-Token")
    authorization = (
        f"SDK-HMAC-SHA256 Access=AKEXAMPLE0000000001, SignedHeaders={';'.join(dict(vector.headers))}, "
        f"Signature={vector.signature}"
    )
    added = (("X-Sdk-Date", DATE), ("X-Project-Id", PROJECT), ("Authorization", authorization))
    assert signed(request_) == replace(request_, headers=(*kept, *added))


def received(request: Request, prefix: str = "", host: str = HOST) -> server.ReceivedRequest:
    """Return what the gateway makes of a request that was sent to it."""
    path, _, query = (prefix + request.target).partition("?")
    return server.ReceivedRequest(
        method=request.method,
        path=path.encode(),
        query=query.encode(),
        headers=tuple((name.lower().encode(), value.encode()) for name, value in (("Host", host), *request.headers)),
        body=request.body,
        oversized=False,
        id="0" * 32,
    )


SETTINGS = MockSettings(access_key=KEY.access_key, secret_key=KEY.secret_key, project_id=PROJECT, clock=lambda: NOW)


def accepted(request: server.ReceivedRequest) -> bool:
    return verifying.accepted(request, SETTINGS)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
header_values = st.sampled_from(["en-us", "zh-cn", "application/json", "application/json;charset=utf8", ""]) | st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), max_size=20
)
optional_headers = st.lists(
    st.tuples(st.sampled_from(["Content-Type", "content-type", "X-Language", "x-language", "Accept"]), header_values),
    max_size=4,
).map(tuple)
prefixes = st.lists(texts, max_size=2).map(lambda parts: "".join(f"/{quote(part, safe='')}" for part in parts))
queries = st.none() | st.lists(st.tuples(texts, texts), max_size=3).map(
    lambda pairs: "&".join(f"{quote(name, safe='')}={quote(value, safe='/')}" for name, value in pairs)
)
unsigned_requests = st.builds(
    lambda method, project, job, safe, query, headers, body: Request(
        method,
        f"/v5/{quote(project, safe=safe)}/batch-async-jobs/{quote(job, safe=safe)}/commit"
        + ("" if query is None else f"?{query}"),
        headers,
        body,
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    project=texts,
    job=texts,
    safe=st.sampled_from(["", "!$&'()*+,;=:@~"]),
    query=queries,
    headers=optional_headers,
    body=st.binary(max_size=20),
)


@given(unsigned_requests, prefixes)
def test_whatever_is_signed_is_accepted(request: Request, prefix: str) -> None:
    assert accepted(received(signed(request, prefix=prefix), prefix))


@given(unsigned_requests, prefixes, st.data())
def test_what_is_signed_cannot_be_changed_by_a_bit(request: Request, prefix: str, data: st.DataObject) -> None:
    request_ = received(signed(request, prefix=prefix), prefix)
    name = data.draw(st.sampled_from(["path", "signature", *signed_names(request_)]))
    changed = data.draw(st.sampled_from(changes(request_, name)))
    assume(not same_path(changed, request_))
    assert not accepted(changed)


@pytest.mark.parametrize(
    "name", ["path", "signature", "host", "x-sdk-date", "x-project-id", "content-type", "x-language"]
)
def test_each_single_bit_counts(name: str) -> None:
    request = received(signed(COMMIT))
    assert accepted(request)
    changed = changes(request, name)
    assert len(changed) >= 40
    assert [change for change in changed if accepted(change)] == []


def signed_names(request: server.ReceivedRequest) -> list[str]:
    (authorization,) = request.distinct("Authorization")
    match = re.search(rb"SignedHeaders=([^,]+),", authorization)
    assert match is not None
    return match[1].decode().split(";")


def changes(request: server.ReceivedRequest, name: str) -> list[server.ReceivedRequest]:
    """Return the request with each single bit of its path, its signature or a header turned over."""
    if name == "path":
        return [replace(request, path=path) for path in flips(request.path)]
    key = b"authorization" if name == "signature" else name.encode()
    value = dict(request.headers)[key]
    fixed = len(value) - 64 if name == "signature" else 0
    return [
        replace(request, headers=tuple((k, value[:fixed] + other if k == key else v) for k, v in request.headers))
        for other in flips(value[fixed:])
    ]


def same_path(one: server.ReceivedRequest, other: server.ReceivedRequest) -> bool:
    """Whether two different paths are one: the digits of a percent-encoding have no case."""
    return one.path != other.path and unquote_to_bytes(one.path) == unquote_to_bytes(other.path)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (JSON, JSON),
        (JSON, ("content-type", "text/plain")),
        (("Content-Type", ""),),
        (("Content-Type", "application/json  ; charset=utf-8"),),
        (("X-Language", "fran\N{LATIN SMALL LETTER C WITH CEDILLA}ais"),),
        (("X-Language", " en-us "),),
        (("X-Language", "en-us\t"),),
        (ENGLISH, ("X-Language", "zh-cn")),
    ],
)
def test_an_odd_header_is_left_unsigned_and_sent(headers: tuple[tuple[str, str], ...]) -> None:
    request = signed(replace(COMMIT, headers=headers))
    assert request.headers[: len(headers)] == headers
    assert signed_names(received(request)) == ["host", "x-project-id", "x-sdk-date"]
    assert accepted(received(request))


def test_other_credentials_are_replaced() -> None:
    others = ("authorization", "X-AUTH-TOKEN", "x-project-id", "X-Sdk-Date", "X-Security-Token")
    request = replace(COMMIT, headers=(*((name, "other") for name in others), JSON, ENGLISH))
    assert signed(request) == signed(COMMIT)
    assert signed(signed(COMMIT)) == signed(COMMIT)


def test_a_temporary_key_sends_and_signs_its_security_token() -> None:
    request = signed(COMMIT, replace(KEY, security_token="s3curity-token"))
    assert request.values("X-Security-Token") == ("s3curity-token",)
    assert "x-security-token" in signed_names(received(request))
    assert accepted(received(request))
    assert [change for change in changes(received(request), "x-security-token") if accepted(change)] == []
    assert signed(COMMIT).values("X-Security-Token") == ()


def test_the_time_of_signing_is_told_in_utc() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=8)))
    assert signed(COMMIT, moment=elsewhere) == signed(COMMIT)


def test_what_cannot_be_sent_can_be_signed() -> None:
    request = replace(COMMIT, target="/\ud800?\ud800", headers=(("X-Language", "\ud800"),))
    assert signed(request).target == request.target


def test_a_key_hides_its_secrets() -> None:
    shown = repr(replace(KEY, security_token="s3curity-token"))
    assert KEY.access_key in shown
    assert KEY.secret_key not in shown
    assert "s3curity-token" not in shown


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_signed_commit_is_accepted_over_the_wire(body: bytes) -> None:
    with rehearsed() as mock, HttpTransport(mock.server.url, Limits()) as transport:
        request = Request("POST", mock.path(mock.make()), (JSON, ENGLISH), body)
        [good, bad] = transport.send([signed_for(mock, request), signed_for(mock, request, "another-secret-key")])
        assert isinstance(good, Response)
        assert isinstance(bad, Response)
        assert (good.status, bad.status) == (200, 401)


def test_an_id_of_odd_characters_is_accepted_over_the_wire() -> None:
    with rehearsed() as mock, HttpTransport(mock.server.url, Limits()) as transport:
        job = mock.make(READY, async_job_id="a/b c%2F?\N{CJK UNIFIED IDEOGRAPH-4E00}")
        request = Request("POST", mock.path(quote(job, safe="")), (JSON,))
        [outcome] = transport.send([signed_for(mock, request)])
        assert isinstance(outcome, Response)
        assert outcome.status == 200


def signed_for(mock: Rehearsal, request: Request, secret_key: str | None = None) -> Request:
    settings = mock.server.settings
    key = SigningKey(settings.access_key, secret_key or settings.secret_key)
    host = mock.server.url.removeprefix("http://")
    moment = settings.clock()
    return sign(request, key, host=host, prefix="", project_id=settings.project_id, moment=moment)
