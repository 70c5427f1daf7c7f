"""Scenarios of CLIENT: the commit of an unknown batch, as other clients send it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Form
from conformance.requirements.scenario_helpers import BROWSERS, MADE_UP, TRACE, with_headers
from conformance.requirements.scenario_registry import scenario
from conformance.target.session import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.exchange.exchange import Exchange, Header, Request
    from conformance.target.session import Session

LONG = 2.0
"""Seconds to wait for the end of a connection that the target must close; one that does costs nothing."""
SHORT = 0.05
"""Seconds to wait for the end of a connection that the target may close."""
LARGE = b'{"comment": "%b"}' % (b"x" * 21_830)
"""A content that is larger than the buffers of some servers, and half of which has a size with letters."""
NEARLY_8000 = 7900
"""Octets of a request line to which the path prefix of a target is still added."""

TOO_LONG = (20_000, 40_000)
"""Octets of queries that no server has to accept, below and above the 32 KB that a sister product documents."""

NEXT_CALL = b"GET / HTTP/1.1\r\nX: "
"""A content that a server may take for the start of another call, which has no effect."""

PAST, FUTURE = "Sat, 29 Oct 1994 19:43:31 GMT", "Thu, 01 Jan 2099 00:00:00 GMT"
IGNORED: tuple[tuple[Header, ...], ...] = (
    (("If-Match", '"x"'),),
    (("If-None-Match", "*"), ("If-Unmodified-Since", PAST)),
    (("Range", "bytes=0-0"),),
    (
        ("If-Range", '"x"'),
        ("Content-Range", "bytes 0-0/1"),
        ("Content-Location", "/"),
        ("If-Modified-Since", FUTURE),
        ("X-Unknown", "1"),
    ),
    (("Origin", "https://example.com"), ("Cookie", "a=b"), ("Accept-Language", "*"), TRACE),
    (("Connection", "Upgrade"), ("Upgrade", "h2c")),
)
"""Headers of one call each, which mean nothing for a POST that is refused without them."""
IGNORED_WITHOUT_TOKEN: tuple[tuple[Header, ...], ...] = (
    (("If-Match", '"x"'),),
    (("If-None-Match", "*"), ("Range", "lines=1"), ("If-Modified-Since", FUTURE)),
)

JQUERY = "application/json, text/javascript, application/xml;q=0.5, */*; q=0.01"
"""The value of Accept that jQuery sends for JSON, and a range that is less welcome."""
ACCEPTS = (
    "application/*",
    "application/json, text/plain, */*",
    BROWSERS,
    "application/xml, application/json;q=0.9",
)
"""Ways to accept JSON: by a range, as libraries for browsers do, and as browsers do themselves."""

# No server knows the last coding of the second one.
REFUSED_CODINGS = ("gzip;q=0, identity", "identity;q=0.5, gzip;q=0.000, deflate;q=0.0, br;q=0, exi", "")


@scenario(direct=True)
def calls_in_the_older_version(session: Session) -> Sequence[Exchange]:
    """Calls in HTTP/1.0: the commit of an unknown batch, without a token, with Expect, by GET, and with keep-alive."""
    batch_id = session.batches.unknown()
    once, kept = Form(version="1.0", linger=LONG), Form(version="1.0")
    usual = session.commit(batch_id)
    requests = (
        replace(session.commit(batch_id), form=once),
        replace(session.commit(batch_id, token=None), form=once),
        # A client of HTTP/1.0 does not await a 100, and does not know one.
        replace(
            with_headers(session.commit(batch_id, body=b"{}"), ("Expect", "100-continue")),
            form=replace(once, split=True),
        ),
        replace(session.commit(batch_id), target=usual.target.replace("/commit", "/commits"), method="GET", form=once),
        replace(with_headers(session.commit(batch_id), ("Connection", "keep-alive")), form=kept),
    )
    return session.send_together(requests)


@scenario(direct=True)
def calls_that_close(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with Connection: close, alone, in a list and in two lines, and others without it."""
    batch_id = session.batches.unknown()
    usual, without = session.commit(batch_id), session.commit(batch_id, token=None)
    elsewhere = replace(usual, method="GET", target=usual.target.replace("/commit", "/commits"))
    closing = (
        with_headers(usual, ("Connection", "close")),
        with_headers(elsewhere, ("TE", "trailers"), ("Connection", "TE, close")),
        with_headers(usual, ("TE", "trailers"), ("Connection", "TE"), ("Connection", "close")),
        with_headers(without, ("TE", "trailers"), ("Connection", "Close"), ("Connection", "TE")),
    )
    requests = (
        *(replace(request, form=Form(linger=LONG)) for request in closing),
        *[replace(request, form=Form(linger=SHORT)) for request in (usual, without) for _ in range(3)],
    )
    return session.send_together(requests)


@scenario(direct=True)
def calls_in_other_forms(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch, twice, and then in absolute form, with and without blanks, and in parts."""
    usual = session.commit(session.batches.unknown(), language="en-us")
    blanks = tuple((name, f"\t {value} \t") for name, value in usual.headers)
    return _sent(
        session,
        (
            usual,
            usual,
            replace(usual, form=Form(absolute=True)),
            replace(usual, headers=blanks, form=Form()),
            *(replace(usual, form=form) for form in (Form(tight=True), Form(split=True))),
            with_headers(usual, ("Content-Type", 'application/json;charset="utf-8"')),
        ),
    )


@scenario(direct=True)
def calls_in_each_framing(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch, twice, without Content-Length and in chunks, and with content, also in chunks."""
    usual = session.commit(session.batches.unknown())
    none, chunked, annotated = Form(framing="none"), Form(framing="chunked"), Form(framing="annotated")
    content = replace(usual, body=LARGE)
    return _sent(
        session,
        (
            *(usual, usual, *(replace(usual, form=form) for form in (none, chunked, annotated))),
            *(replace(content, form=form) for form in (Form(), Form(), chunked, annotated)),
        ),
    )


@scenario(direct=True)
def calls_after_a_call_with_content(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch alone, and then on one connection, each after a call with content."""
    batch_id = session.batches.unknown()
    # In a form, a call is not among those that the documentation describes, so that its answer breaks one requirement.
    usual = replace(session.commit(batch_id), form=Form())
    without = replace(usual, headers=session.commit(batch_id, token=None).headers)
    together = (
        replace(without, body=NEXT_CALL),
        usual,
        replace(usual, body=NEXT_CALL),
        usual,
        # What follows the last chunk would be refused with 400, as a usual call is.
        replace(usual, body=LARGE, form=Form(framing="annotated")),
        without,
    )
    return [*_sent(session, (usual, without, usual, without)), *session.send_in_turn(together)]


@scenario(direct=True)
def calls_that_await_a_status(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch with content, then with Expect: 100-continue, without a token and in chunks."""
    batch_id = session.batches.unknown()
    requests = (session.commit(batch_id, body=b"{}"), session.commit(batch_id, token=None, body=b"{}"))
    cases = zip(requests, ("100-Continue", "100-continue"), strict=True)
    expecting = [replace(with_headers(request, ("Expect", value)), form=Form()) for request, value in cases]
    chunked = replace(expecting[0], form=Form(framing="chunked"))
    return [session.send(requests[0]), *session.send_together([*expecting, chunked])]


@scenario()
def calls_with_head(session: Session) -> Sequence[Exchange]:
    """GET, HEAD, GET, OPTIONS and TRACE on the path of an unknown batch, the last one with a made-up token."""
    request = session.commit(session.batches.unknown())
    calls = [replace(request, method=method) for method in ("GET", "HEAD", "GET", "OPTIONS")]
    # A client must not send a TRACE with a secret (RFC 9110, section 9.3.8), and this token is none.
    trace = replace(session.commit(session.batches.unknown(), token=MADE_UP), method="TRACE")
    return _sent(session, (*calls, trace))


@scenario()
def calls_with_headers_to_ignore(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch, with and without a token, each twice, and then with conditions and ranges."""
    batch_id = session.batches.unknown()
    usual, without = session.commit(batch_id), session.commit(batch_id, token=None)
    return _sent(
        session,
        (
            *(usual, without, usual, without),
            *(with_headers(usual, *headers) for headers in IGNORED),
            *(with_headers(without, *headers) for headers in IGNORED_WITHOUT_TOKEN),
        ),
    )


@scenario(direct=True)
def calls_that_accept_json(session: Session) -> Sequence[Exchange]:
    """The commit of an unknown batch, twice, and then with other values of Accept that allow JSON."""
    usual = session.commit(session.batches.unknown())
    none = tuple(header for header in usual.headers if header[0] != "Accept")
    others = [with_headers(usual, ("Accept", value)) for value in ACCEPTS]
    others.append(replace(usual, headers=(*none, ("Accept", "text/plain"), ("Accept", "application/json"))))
    return _sent(session, (usual, usual, replace(usual, headers=none, form=Form()), *others))


@scenario()
def calls_with_a_long_line(session: Session) -> Sequence[Exchange]:
    """A commit without a token whose ID makes the request line nearly as long as servers should support."""
    request = session.commit(session.batches.unknown(), token=None)
    more = NEARLY_8000 - len(f"{request.method} {request.target} HTTP/1.1")
    batch_id = f"{session.batches.unknown()}{'x' * more}"
    return [session.send(session.commit(batch_id, token=None))]


@scenario()
def calls_with_too_long_a_line(session: Session) -> Sequence[Exchange]:
    """Commits without a token, with a short query and with two of 20,000 and 40,000 octets."""
    usual = session.commit(session.batches.unknown(), token=None)
    queries = ("x=1", *(f"x={'1' * octets}" for octets in TOO_LONG))
    return _sent(session, (replace(usual, target=f"{usual.target}?{query}") for query in queries))


@scenario(direct=True)
def calls_that_are_pipelined(session: Session) -> Sequence[Exchange]:
    """GET, and commits of an unknown batch with and without a token: alone, and then at once on one connection."""
    batch_id = session.batches.unknown()
    calls = [replace(session.commit(batch_id, token=token), form=Form()) for token in (OWN, OWN, None)]
    # All are refused, so it does not matter which of them were processed if the connection ends.
    calls[0] = replace(calls[0], method="GET")
    together = [replace(call, form=Form(pipelined=True)) for call in calls]
    return [*_sent(session, calls), *session.send_in_turn(together)]


@scenario()
def calls_that_refuse_codings(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch that give codings a weight of 0, or accept none."""
    batch_id = session.batches.unknown()
    return _sent(session, (session.commit(batch_id, accept_encoding=value) for value in REFUSED_CODINGS))


@scenario()
def calls_with_another_accept_language(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch in each language and in none, and then with another one in Accept-Language."""
    batch_id = session.batches.unknown()
    english, chinese, usual = (session.commit(batch_id, language=language) for language in ("en-us", "zh-cn", None))
    accepted = zip((english, chinese, usual), ("zh-CN", "en-US", "zh-CN"), strict=True)
    charset = ("Accept-Charset", "GBK")
    others = [with_headers(request, ("Accept-Language", value), charset) for request, value in accepted]
    return _sent(session, (english, chinese, usual, *others))


@scenario(BatchState.READY, direct=True)
def commits_in_other_forms(session: Session) -> Sequence[Exchange]:
    """The commit of a validated batch, and then of others in HTTP/1.0, chunks, parts, absolute form and the like."""
    # A refusal would not show whether the server understands a form. Each has further headers that must not matter.
    usual, older, chunked, absolute, short, parts, encoded = (
        session.commit(session.batches.allocate(BatchState.READY), language=language)
        for language in (*["en-us"] * 6, None)
    )
    older = with_headers(
        older, ("Accept-Encoding", REFUSED_CODINGS[0]), ("Accept", ACCEPTS[0]), ("Connection", "keep-alive")
    )
    chunked = with_headers(chunked, ("Range", "bytes=0-0"), ("Accept", ACCEPTS[1]), ("Accept-Encoding", "deflate"))
    absolute = with_headers(
        absolute, ("Accept-Language", "zh-CN"), ("Accept", ACCEPTS[2]), ("Origin", "https://example.com")
    )
    short = with_headers(short, ("X-Unknown", "1"), ("Accept-Encoding", REFUSED_CODINGS[1]), ("Connection", "close"))
    parts = with_headers(
        parts, ("Accept-Encoding", "gzip"), ("If-Modified-Since", FUTURE), ("X-Requested-With", "XMLHttpRequest")
    )
    encoded = with_headers(
        encoded,
        ("Accept-Language", "zh-CN"),
        ("Accept", JQUERY),
        ("Via", "1.1 proxy"),
        ("User-Agent", "Go-http-client/1.1"),
    )
    others = (
        replace(older, form=Form(version="1.0")),
        replace(chunked, form=Form(framing="annotated", split=True)),
        replace(absolute, form=Form(absolute=True)),
        replace(
            short,
            headers=tuple(header for header in short.headers if header[0] not in ("Accept", "User-Agent")),
            form=Form(framing="none", linger=LONG),
        ),
        replace(parts, headers=tuple((name.lower(), value) for name, value in parts.headers), form=Form(split=True)),
        replace(encoded, target=_encoded(encoded.target), form=Form(tight=True)),
    )
    return _sent(session, (usual, *others))


def _encoded(target: str) -> str:
    """Return a target with hyphens of its IDs, or else the first characters, percent-encoded in both cases."""
    segments = target.split("/")
    for place in (2, 4):
        text = segments[place]
        first = text.replace("-", "%2D", 1).replace("-", "%2d", 1) if "-" in text else text
        segments[place] = first if first != text else f"%{ord(text[0]):02x}{text[1:]}"
    return "/".join(segments)


def _sent(session: Session, requests: Iterable[Request]) -> list[Exchange]:
    return [session.send(request) for request in requests]
