"""The mock accepts what the client signs, and nothing that differs from it by a single bit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from drs_batch_client import AccessKeyAuth
from hypothesis import given
from hypothesis import strategies as st

from conformance.mock.request import ReceivedRequest
from conformance.mock.settings import MockSettings
from conformance.selftest.support import verifying
from conformance.selftest.support.client.doors import BASE_URL, BATCH
from conformance.selftest.support.verifying import flips

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SETTINGS = MockSettings(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
TARGET = f"/v5/{SETTINGS.project_id}/batch-async-jobs/{BATCH}/a%20b%C3%A9%2fc?name=%c3%a9~+&b=%2B-&a=1"
BODY = b'{"jobs": []}'
HEADERS = {b"Content-Type": b"application/json", b"X-Language": b"en-us"}


def signed(method: str, url: str, headers: Mapping[bytes, bytes], body: bytes) -> ReceivedRequest:
    """Sign a request with the client, and return it as the gateway receives it."""
    auth = AccessKeyAuth(
        access_key=SETTINGS.access_key,
        secret_key=SETTINGS.secret_key,
        project_id=SETTINGS.project_id,
        clock=SETTINGS.clock,
    )
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)), auth=auth) as client:
        request = client.request(method, url, headers=httpx.Headers(headers), content=body).request
    path, _, query = request.url.raw_path.partition(b"?")
    pairs = tuple((name.lower(), value) for name, value in request.headers.raw)
    return ReceivedRequest(method, path, query, pairs, body, oversized=False, id="0" * 32)


def accepted(request: ReceivedRequest) -> bool:
    return verifying.accepted(request, SETTINGS)


def changed(request: ReceivedRequest, part: str) -> Iterator[tuple[bytes, ReceivedRequest]]:
    """Yield each changed part, and the request with it."""
    if part == "method":
        yield from ((flip, replace(request, method=flip.decode("latin-1"))) for flip in flips(request.method.encode()))
    elif part == "path":
        yield from ((flip, replace(request, path=flip)) for flip in flips(request.path))
    elif part == "query":
        yield from ((flip, replace(request, query=flip)) for flip in flips(request.query))
    elif part == "body":
        yield from ((flip, replace(request, body=flip)) for flip in flips(BODY))
    else:
        name = part.encode()
        (value,) = request.distinct(part)
        for flip in flips(value):
            headers = tuple((key, flip if key == name else old) for key, old in request.headers)
            yield flip, replace(request, headers=headers)


def same_octets_in_the_other_case(encoded: bytes) -> list[bytes]:
    """Return a percent-encoded text with one hexadecimal digit in the other case, for each that is a letter."""
    digits = [match.start() + place for match in re.finditer(rb"%[0-9A-Fa-f]{2}", encoded) for place in (1, 2)]
    return [
        encoded[:digit] + encoded[digit : digit + 1].swapcase() + encoded[digit + 1 :]
        for digit in digits
        if encoded[digit : digit + 1].isalpha()
    ]


@pytest.fixture(scope="module")
def put() -> ReceivedRequest:
    return signed("PUT", BASE_URL + TARGET, HEADERS, BODY)


def test_only_the_case_of_an_encoded_target_may_change(put: ReceivedRequest) -> None:
    # RFC 3986, section 6.2.2.1: both cases of percent-encoding mean the same.
    assert accepted(put)
    for part in ("path", "query"):
        equal = same_octets_in_the_other_case(getattr(put, part))
        assert len(equal) == 3
        assert [flip for flip, other in changed(put, part) if accepted(other)] == equal


def test_only_the_case_of_a_method_may_change(put: ReceivedRequest) -> None:
    # By the guide, it is signed in upper case.
    flipped = [flip for flip, other in changed(put, "method") if accepted(other)]
    assert flipped == [b"pUT", b"PuT", b"PUt"]


@pytest.mark.parametrize(
    "part", ["body", "authorization", "x-sdk-date", "host", "content-type", "x-language", "x-project-id"]
)
def test_no_other_signed_part_may_change_by_a_bit(put: ReceivedRequest, part: str) -> None:
    assert accepted(put)
    assert [flip for flip, other in changed(put, part) if accepted(other)] == []


def test_unsigned_headers_may_change(put: ReceivedRequest) -> None:
    flipped = [accepted(other) for _, other in changed(put, "user-agent")]
    assert flipped
    assert all(flipped)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
segments = texts.filter(lambda text: text not in (".", ".."))
names = st.from_regex(r"[Xx]-[A-Za-z0-9-]{1,12}", fullmatch=True).filter(
    lambda name: name.lower() not in {"x-project-id", "x-sdk-date", "x-sdk-content-sha256", "x-auth-token"}
)
values = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20).map(lambda text: text.strip().encode())


@given(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    st.lists(segments, max_size=4),
    st.lists(st.tuples(texts, texts), max_size=4),
    st.dictionaries(names.map(str.encode), values, max_size=3),
    st.binary(max_size=40),
)
def test_any_request_that_the_client_signs_is_accepted(
    method: str, path: list[str], query: list[tuple[str, str]], headers: dict[bytes, bytes], body: bytes
) -> None:
    encoded = "/".join(quote(segment, safe="") for segment in path)
    url = httpx.URL(f"{BASE_URL}/{encoded}", params=query)
    request = signed(method, str(url), {**HEADERS, **headers}, body)
    assert accepted(request)
    assert not accepted(replace(request, query=request.query + b"&added=1"))
    assert not accepted(replace(request, body=body + b" "))
