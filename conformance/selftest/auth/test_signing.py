"""Signing with an access key: known signatures, and verification of others by the mock."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.auth.access_key import SigningKey, sign
from conformance.auth.signing import authorization, canonical_path, canonical_request, signature_of, signed_headers
from conformance.exchange.exchange import Request, Response
from conformance.mock import request as server
from conformance.mock.settings import MockSettings
from conformance.selftest.support import verifying
from conformance.selftest.support.mock_client import READY, MockClient, running_mock
from conformance.selftest.support.signature_vectors import (
    ACCESS_KEY,
    CANONICAL_COMMIT,
    COMMIT,
    DATE,
    HOST,
    JOB,
    JOBS,
    NOW,
    PROJECT,
    SECRET_KEY,
    VECTORS,
    Vector,
)
from conformance.selftest.support.verifying import flips
from conformance.target.limits import Limits
from conformance.target.transport import HttpTransport

KEY = SigningKey(ACCESS_KEY, SECRET_KEY)
JSON = ("Content-Type", "application/json")
ENGLISH = ("X-Language", "en-us")
COMMIT_REQUEST = Request("POST", COMMIT.path, (("X-Auth-Token", "any"), JSON, ENGLISH))


def canonical(target: bytes, headers: dict[str, bytes] | None = None) -> list[bytes]:
    """Return the lines of the canonical form of a GET without a body."""
    path, _, query = target.partition(b"?")
    fields = sorted((headers or {}).items())
    return canonical_request("get", canonical_path(path), query, fields, "0" * 64).split(b"\n")


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_known_requests_have_known_signatures(vector: Vector) -> None:
    headers = {name: value.encode() for name, value in vector.headers.items()}
    path, query = vector.path.encode(), vector.query.encode()
    text = canonical_request(vector.method, canonical_path(path), query, headers.items(), vector.payload)
    assert hashlib.sha256(text).hexdigest() == vector.canonical_sha256
    assert signature_of(vector.secret_key, vector.date, text) == vector.signature
    target = path + b"?" + query if query else path
    assert vector.authorization == authorization(
        vector.access_key, vector.secret_key, method=vector.method, target=target, headers=headers, body=vector.body
    )


def test_the_canonical_request_is_the_documented_text() -> None:
    headers = [(name, value.encode()) for name, value in COMMIT.headers.items()]
    text = canonical_request("post", canonical_path(COMMIT.path.encode()), b"", headers, COMMIT.payload)
    assert text == CANONICAL_COMMIT


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/", b"/"),
        (b"/a%20b/c", b"/a%20b/c/"),
        (b"/%7Ea/~b", b"/~a/~b/"),
        (b"/a%2fb", b"/a%2Fb/"),
        (b"/a/", b"/a/"),
        (b"//a", b"//a/"),
        (b"/%e4%b8%80", b"/%E4%B8%80/"),
        (b"/a:b@c!", b"/a%3Ab%40c%21/"),
        (b"/%2541", b"/%2541/"),
    ],
)
def test_a_path_is_encoded_again_and_closed_by_a_slash(path: bytes, expected: bytes) -> None:
    assert canonical(path)[:2] == [b"GET", expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", b""),
        (b"b=2&a=&b=1&a%20b&~=%2F", b"a=&a%20b=&b=1&b=2&~=%2F"),
        (b"a=1=2", b"a=1%3D2"),
        (b"&&a=1&", b"a=1"),
        (b"%C3%A9=1&z=1&%41=1", b"A=1&z=1&%C3%A9=1"),
    ],
)
def test_a_query_is_sorted_by_name_and_value_before_it_is_encoded(query: bytes, expected: bytes) -> None:
    assert canonical(b"/?" + query)[2] == expected


def test_a_header_is_signed_without_the_blanks_around_its_value() -> None:
    lines = canonical(b"/", {"x-b": b" \ta  b\t ", "x-a": b"", "host": "é".encode()})
    assert lines[3:8] == [b"host:\xc3\xa9", b"x-a:", b"x-b:a  b", b"", b"host;x-a;x-b"]


@pytest.mark.parametrize(
    ("body", "declared", "payload"),
    [
        (b"{}", None, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
        (b"{}", b"UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD"),
        (b"", b"UNSIGNED-PAYLOAD", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_a_body_is_signed_by_its_hash_unless_the_request_declares_another_one(
    body: bytes, declared: bytes | None, payload: str
) -> None:
    headers = {"x-sdk-date": DATE.encode()} | ({} if declared is None else {"x-sdk-content-sha256": declared})
    text = canonical_request("PUT", b"/", b"", sorted(headers.items()), payload)
    assert authorization("AK", "SK", method="PUT", target=b"/", headers=headers, body=body).endswith(
        f"Signature={signature_of('SK', DATE, text)}"
    )


def test_only_headers_that_no_proxy_changes_are_signed() -> None:
    single = [("Host", b"h"), ("Content-Type", b"t"), ("X-One", b"1"), ("x-empty", b"")]
    others = [("X-Twice", b"1"), ("x-twice", b"1"), ("X-With_Underscore", b"1"), ("Via", b"1"), ("Accept", b"*/*")]
    assert signed_headers([*single, *others]) == {"host": b"h", "content-type": b"t", "x-one": b"1", "x-empty": b""}


def signed(request: Request, key: SigningKey = KEY, *, prefix: str = "", moment: datetime = NOW) -> Request:
    return sign(request, key, host=HOST, prefix=prefix, project_id=PROJECT, moment=moment)


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("commit", COMMIT_REQUEST),
        ("query", Request("GET", f"{JOBS}?{VECTORS['query'].query}", (JSON,))),
        ("body", Request("PUT", f"{JOBS}/{JOB}", (JSON,), VECTORS["body"].body)),
    ],
)
def test_a_request_is_signed_as_documented(name: str, request_: Request) -> None:
    kept = tuple(header for header in request_.headers if header[0] != "X-Auth-Token")
    added = (("X-Sdk-Date", DATE), ("X-Project-Id", PROJECT), ("Authorization", VECTORS[name].authorization))
    assert signed(request_) == replace(request_, headers=(*kept, *added))


def received(request: Request, prefix: str = "", host: str = HOST) -> server.ReceivedRequest:
    """Return a request as the gateway receives it."""
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
def test_any_signed_request_is_accepted(request: Request, prefix: str) -> None:
    assert accepted(received(signed(request, prefix=prefix), prefix))


@given(unsigned_requests, prefixes, st.data())
def test_a_signed_request_with_a_changed_bit_is_rejected(request: Request, prefix: str, data: st.DataObject) -> None:
    request_ = received(signed(request, prefix=prefix), prefix)
    name = data.draw(st.sampled_from(["path", "signature", *signed_names(request_)]))
    changed = data.draw(st.sampled_from(changes(request_, name)))
    assume(not same_path(changed, request_))
    assert not accepted(changed)


@pytest.mark.parametrize(
    "name", ["path", "signature", "host", "x-sdk-date", "x-project-id", "content-type", "x-language"]
)
def test_a_change_of_any_single_bit_is_rejected(name: str) -> None:
    request = received(signed(COMMIT_REQUEST))
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
    """Return the request with each single bit of its path, its signature or a header flipped."""
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
    """Return whether two different paths are equal once decoded, since percent-encoding ignores case."""
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
def test_an_odd_header_is_sent_unsigned(headers: tuple[tuple[str, str], ...]) -> None:
    request = signed(replace(COMMIT_REQUEST, headers=headers))
    assert request.headers[: len(headers)] == headers
    assert signed_names(received(request)) == ["host", "x-project-id", "x-sdk-date"]
    assert accepted(received(request))


def test_other_credentials_are_replaced() -> None:
    others = ("authorization", "X-AUTH-TOKEN", "x-project-id", "X-Sdk-Date", "X-Security-Token")
    request = replace(COMMIT_REQUEST, headers=(*((name, "other") for name in others), JSON, ENGLISH))
    assert signed(request) == signed(COMMIT_REQUEST)
    assert signed(signed(COMMIT_REQUEST)) == signed(COMMIT_REQUEST)


def test_a_temporary_key_sends_and_signs_its_security_token() -> None:
    request = signed(COMMIT_REQUEST, replace(KEY, security_token="s3curity-token"))
    assert request.values("X-Security-Token") == ("s3curity-token",)
    assert "x-security-token" in signed_names(received(request))
    assert accepted(received(request))
    assert [change for change in changes(received(request), "x-security-token") if accepted(change)] == []
    assert signed(COMMIT_REQUEST).values("X-Security-Token") == ()


def test_the_time_of_signing_is_in_utc() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=8)))
    assert signed(COMMIT_REQUEST, moment=elsewhere) == signed(COMMIT_REQUEST)


def test_a_request_that_cannot_be_encoded_can_be_signed() -> None:
    request = replace(COMMIT_REQUEST, target="/\ud800?\ud800", headers=(("X-Language", "\ud800"),))
    assert signed(request).target == request.target


def test_the_repr_of_a_key_shows_no_secret() -> None:
    shown = repr(replace(KEY, security_token="s3curity-token"))
    assert KEY.access_key in shown
    assert KEY.secret_key not in shown
    assert "s3curity-token" not in shown


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_signed_commit_is_accepted_over_the_wire(body: bytes) -> None:
    with running_mock() as mock, HttpTransport(mock.server.url, Limits()) as transport:
        request = Request("POST", mock.path(mock.make()), (JSON, ENGLISH), body)
        [good, bad] = transport.send([signed_for(mock, request), signed_for(mock, request, "another-secret-key")])
        assert isinstance(good, Response)
        assert isinstance(bad, Response)
        assert (good.status, bad.status) == (200, 401)


def test_an_id_of_odd_characters_is_accepted_over_the_wire() -> None:
    with running_mock() as mock, HttpTransport(mock.server.url, Limits()) as transport:
        job = mock.make(READY, async_job_id="a/b c%2F?\N{CJK UNIFIED IDEOGRAPH-4E00}")
        request = Request("POST", mock.path(quote(job, safe="")), (JSON,))
        [outcome] = transport.send([signed_for(mock, request)])
        assert isinstance(outcome, Response)
        assert outcome.status == 200


def signed_for(mock: MockClient, request: Request, secret_key: str | None = None) -> Request:
    settings = mock.server.settings
    key = SigningKey(settings.access_key, secret_key or settings.secret_key)
    host = mock.server.url.removeprefix("http://")
    moment = settings.clock()
    return sign(request, key, host=host, prefix="", project_id=settings.project_id, moment=moment)
