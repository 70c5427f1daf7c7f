"""The oracles of MSG on invented answers: what the RFCs allow is accepted, and what they forbid is reported."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange import wire
from conformance.exchange.exchange import Exchange, Response, TransportFailure
from conformance.requirements import oracle_registry
from conformance.requirements.message.grammar import VALUES, elements, is_challenge_list, time_of
from conformance.selftest.support.invented_exchanges import exchange
from conformance.spec import catalogue

CATALOGUE = catalogue.load()
AREA = CATALOGUE.select(["MSG"])
LEGAL = {
    "accept-ranges": ["bytes", "none"],
    "allow": ["", "POST", "GET , POST", "X-ANY!"],
    "connection": ["close", "Keep-Alive, Upgrade", "CLOSE"],
    "content-encoding": ["gzip", "Deflate, br", "identity-of-mine"],
    "content-language": ["en", "zh-Hans-CN, en-us", "x-pig-latin", ""],
    "content-location": ["/v5/a%20b", "../x?y#z", "", "//host/", "http://[::1]:80/", "urn:uuid:0", "/a:b@c"],
    "content-range": ["bytes 0-1/2", "bytes */2", "lines 1-2/*"],
    "content-type": [
        "application/json",
        'Application/JSON \t;\tCharset="utf-8";; a=b',
        "application/problem+json;",
        r'a/b;c="\";,d"',
    ],
    "date": ["Sun, 06 Nov 1994 08:49:37 GMT", "Sat, 31 Dec 2016 23:59:60 GMT"],
    "etag": ['"a"', 'W/"a\xe9"', '""'],
    "last-modified": ["Thu, 01 Jan 1970 00:00:00 GMT"],
    "location": ["https://a.example:443/b?c=%E6%89%B9", "b"],
    "retry-after": ["0", "120", "Sun, 06 Nov 1994 08:49:37 GMT"],
    "trailer": ["Checksum, X-A"],
    "vary": ["*", "Accept-Encoding, X-Language", ""],
    "via": ["1.1 a", "HTTP/1.1 b:80 (c, d), 2 [::1]", "1.0 fred, 1.1 p.example.net"],
}
ILLEGAL = {
    "accept-ranges": ["bytes;"],
    "allow": ["POST,", ", POST", "GET,,POST", "GET POST"],
    "connection": ["close;"],
    "content-encoding": ["identity", "gzip, Identity", "gzip,"],
    "content-language": ["en_US", "englishenglish", "en,"],
    "content-location": ["/a b", "/%zz", "/%", "/\xe9", "http:///x", "https://user@a/", "//user:x@a/", "http:x"],
    "content-range": ["0-1/2", "bytes 0-1", "bytes */*"],
    "content-type": ["json", "application/json; charset", "a/b; c = d", 'a/b;c="d', "a/b, c/d", "application/json;="],
    "date": [
        *("1994-11-06T08:49:37Z", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"),
        *("Sun, 06 Nov 1994 08:49:37 UTC", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT"),
        *("Sun, 31 Feb 2026 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994  8:49:37 GMT", ""),
    ],
    "etag": ["a", 'w/"a"', '"a', '"a", "b"', '"a b"'],
    "last-modified": ["0"],
    "location": ["/\\a", "<x>"],
    "retry-after": ["1s", "-1", "1.5", ""],
    "trailer": ["a b"],
    "vary": ["a;b", "*,"],
    "via": ["a", "1.1 a b", "1.1 a (b", "1.1 a,"],
}
CHALLENGES = [
    "Token",
    "Negotiate YWJj==",
    'Basic realm="a, b", charset="UTF-8", Bearer',
    'Digest realm="\\"", nonce=x , Basic realm="y"',
    'SDK-HMAC-SHA256, Keystone uri="https://a"',
]
NO_CHALLENGES = [
    "",
    ",",
    'realm="a"',
    "Basic realm=a",
    'Basic realm="a", REALM="b"',
    'Basic realm="a',
    "Basic a b",
    "a,",
]


def judged(seen: Exchange) -> set[str]:
    return {key for key, judgement in oracle_registry.judge(seen, AREA).items() if not judgement.passed}


def answered(status: int, *headers: tuple[str, str]) -> Exchange:
    return exchange(Response(status, headers, b"{}"))


def came(octets: bytes, *, method: str = "POST", ended: bool = False) -> Exchange:
    """Return an exchange with an answer whose octets these are."""
    read = wire.read(octets, method, ended=ended)
    lines = octets.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    fields = (line.partition(":") for line in lines)
    headers = tuple((name, value.strip(" \t")) for name, _, value in fields)
    seen = exchange(Response(int(read.status_line[9:12]), headers, b"", wire=read))
    return replace(seen, request=replace(seen.request, method=method))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in LEGAL.items() for value in values])
def test_a_value_that_http_allows_is_accepted(name: str, value: str) -> None:
    assert VALUES[name].fits(value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ILLEGAL.items() for value in values])
def test_a_value_that_http_does_not_allow_is_reported(name: str, value: str) -> None:
    assert judged(answered(404, (name.title(), value))) - {"MSG-010"} == {"MSG-003"}


def test_each_header_is_tried() -> None:
    assert LEGAL.keys() == ILLEGAL.keys() == VALUES.keys()


@pytest.mark.parametrize("value", CHALLENGES)
def test_a_challenge_is_accepted(value: str) -> None:
    assert judged(answered(401, ("WWW-Authenticate", value), ("WWW-Authenticate", "Other"))) == set()


@pytest.mark.parametrize("value", NO_CHALLENGES)
def test_no_challenge_is_reported(value: str) -> None:
    assert judged(answered(401, ("WWW-Authenticate", "Token"), ("WWW-Authenticate", value))) == {"MSG-005"}


def test_only_a_401_needs_a_challenge() -> None:
    assert judged(answered(403)) == set()
    assert judged(answered(401)) == {"MSG-005"}


@given(st.text(st.characters(max_codepoint=255)))
def test_every_value_is_judged(value: str) -> None:
    for kind in VALUES.values():
        kind.fits(value)
    is_challenge_list(value)
    time_of(value)
    if '"' not in value:
        assert elements(value) == [element.strip(" \t") for element in value.split(",")]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Via", "1.1 a"), ("Via", "1.1 b")), set()),
        ((("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),) * 2, {"MSG-002"}),
        ((("X-Request-Id", "a"), ("x-request-id", "b")), {"MSG-002"}),
        ((("Keep-Alive", "timeout=5"), ("Connection", "keep-alive"), ("Upgrade", "h2c")), {"MSG-010"}),
        ((("Keep-Alive", "timeout=5"), ("Connection", "Keep-Alive, upgrade"), ("Upgrade", "h2c")), set()),
        ((("Connection", "close, cache-control"),), {"MSG-010"}),
        ((("Connection", "close, x-other"),), set()),
    ],
)
def test_headers_are_judged_together(headers: tuple[tuple[str, str], ...], expected: set[str]) -> None:
    assert judged(answered(404, *headers)) == expected


@pytest.mark.parametrize(("modified", "expected"), [("36", set()), ("37", set()), ("38", {"MSG-003"})])
def test_the_last_modification_is_not_after_the_date(modified: str, expected: set[str]) -> None:
    date = "Sun, 06 Nov 1994 08:49:37 GMT"
    later = ("Last-Modified", date.replace("37", modified))

    assert judged(answered(200, ("Date", date), later)) == expected


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (308, (), {"MSG-009"}),
        (308, (("Location", "/"),), set()),
        (300, (), set()),
        (304, (), set()),
        (426, (("Connection", "upgrade"),), {"MSG-009"}),
        (426, (("Connection", "upgrade"), ("Upgrade", "HTTP/2.0")), set()),
        (415, (("Accept-Encoding", "gzip"),), {"MSG-009"}),
        (415, (("Accept", "application/json"),), set()),
        (200, (("Accept-Encoding", "gzip"),), set()),
    ],
)
def test_a_status_needs_its_header(status: int, headers: tuple[tuple[str, str], ...], expected: set[str]) -> None:
    assert judged(answered(status, *headers)) == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\n{}", set()),
        (b"HTTP/1.1 400\r\nContent-Length: 2\r\n\r\n{}", {"MSG-001"}),
        (b"HTTP/1.1 103 \r\nA: b\n\r\nHTTP/1.1 400 \r\nContent-Length: 0\r\n\r\n", {"MSG-001"}),
        (b"HTTP/1.1 400 \r\nContent-Length: 2\r\n\r\n{}\n", {"MSG-006"}),
        (b"HTTP/1.1 400 \r\nContent-Length: 2, 2\r\n\r\n{}", {"MSG-006"}),
        (b"HTTP/1.1 204 \r\nContent-Length: 0\r\n\r\n", {"MSG-006"}),
        (b"HTTP/1.1 400 \r\n\r\n{}", {"MSG-007"}),
        (b"HTTP/1.0 400 \r\n\r\n{}", set()),
        (b"HTTP/1.1 204 \r\n\r\n", set()),
        (b"HTTP/1.1 304 \r\n\r\n", set()),
        (b"HTTP/1.1 400 \r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n0\r\na: b\r\n\r\n", set()),
        (b"HTTP/1.1 400 \r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: b\r\n\r\n", {"MSG-008"}),
        (b"HTTP/1.1 400 \r\nTransfer-Encoding: chunked\r\nTrailer: Vary\r\n\r\n0\r\nVary: b\r\n\r\n", {"MSG-008"}),
    ],
)
def test_the_octets_are_judged(octets: bytes, expected: set[str]) -> None:
    assert judged(came(octets, ended=True)) == expected


def test_the_content_of_an_answer_to_head_or_with_205_is_reported() -> None:
    head = b"HTTP/1.1 405 \r\nAllow: POST\r\n\r\n"

    assert judged(came(head, method="HEAD")) == set()
    assert judged(came(head + b"{}", method="HEAD")) == {"MSG-006"}
    assert judged(answered(205)) == {"MSG-006"}


DATED, UNDATED = (("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),), ()


@pytest.mark.parametrize(
    ("answers", "passed"),
    [
        ([(400, DATED), (404, DATED)], True),
        ([(400, UNDATED), (404, UNDATED)], True),
        ([(400, DATED), (404, UNDATED)], False),
        ([(400, DATED), (500, UNDATED)], True),
        ([(500, UNDATED)], None),
    ],
)
def test_either_all_answers_have_a_date_or_none(
    answers: list[tuple[int, tuple[tuple[str, str], ...]]],
    passed: bool | None,  # noqa: FBT001 - a parameter
) -> None:
    judgement = oracle_registry.judge_sequence(
        "answers-of-each-kind", [answered(status, *headers) for status, headers in answers]
    ).get("MSG-004")

    assert (judgement and judgement.passed) is passed


def test_a_failure_is_reported_with_the_flaw_that_was_found() -> None:
    flawed = wire.read(b"HTTP/1.1 Bad\r\n\r\n", "POST", ended=True)
    judgement = oracle_registry.judge(exchange(TransportFailure("protocol", "illegal", flawed)), CATALOGUE)["HTTP-001"]

    assert judgement.actual == "'HTTP/1.1 Bad' instead of a status line as in 'HTTP/1.1 200 OK': illegal"


def test_an_answer_that_one_reader_alone_refuses_is_not_judged() -> None:
    whole = wire.read(b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}", "POST", ended=True)
    voids: dict[str, str] = {}
    seen = exchange(TransportFailure("protocol", "refused by h11", whole))

    assert oracle_registry.judge(seen, CATALOGUE, voids.__setitem__) == {}
    assert voids.keys() == {"HTTP-001"}
    assert "in which the suite finds no flaw" in voids["HTTP-001"]
