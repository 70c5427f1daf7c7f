"""Answers are read as RFC 9112 demands that a server sends them, and each flaw is kept."""

from __future__ import annotations

import gzip
import pickle
from functools import partial
from typing import TYPE_CHECKING

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.wire import Rule, read
from conformance.selftest.support.growth import TIMES, growth, repeated

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange.wire import Wire

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
PLAIN = OK + LENGTH + b"\r\n{}"

FLAWED = {
    "LF alone after the status line": (Rule.LINES, b"HTTP/1.1 200 OK\n" + LENGTH + b"\r\n{}"),
    "LF alone after a field": (Rule.LINES, OK + b"Content-Length: 2\n\r\n{}"),
    "LF alone after the head": (Rule.LINES, OK + LENGTH + b"\n{}"),
    "an empty line first": (Rule.LINES, b"\r\n" + PLAIN),
    "no blank after the code": (Rule.LINES, b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n{}"),
    "two blanks before the code": (Rule.LINES, b"HTTP/1.1  200 OK\r\n" + LENGTH + b"\r\n{}"),
    "a version in lower case": (Rule.LINES, b"http/1.1 200 OK\r\n" + LENGTH + b"\r\n{}"),
    "a version without a point": (Rule.LINES, b"HTTP/1 200 OK\r\n" + LENGTH + b"\r\n{}"),
    "HTTP/2 in a status line": (Rule.LINES, b"HTTP/2.0 200 OK\r\n" + LENGTH + b"\r\n{}"),
    "a code of four digits": (Rule.LINES, b"HTTP/1.1 2000 OK\r\n" + LENGTH + b"\r\n{}"),
    "a control character in the reason": (Rule.LINES, b"HTTP/1.1 200 O\x01K\r\n" + LENGTH + b"\r\n{}"),
    "a folded line": (Rule.LINES, OK + b"X: a\r\n b\r\n" + LENGTH + b"\r\n{}"),
    "a blank before the colon": (Rule.LINES, OK + b"X : a\r\n" + LENGTH + b"\r\n{}"),
    "no colon": (Rule.LINES, OK + b"X\r\n" + LENGTH + b"\r\n{}"),
    "no name": (Rule.LINES, OK + b": a\r\n" + LENGTH + b"\r\n{}"),
    "a separator in a name": (Rule.LINES, OK + b"X(y): a\r\n" + LENGTH + b"\r\n{}"),
    "a name that is not ASCII": (Rule.LINES, OK + b"X\xc3\xa9: a\r\n" + LENGTH + b"\r\n{}"),
    "NUL in a value": (Rule.LINES, OK + b"X: a\0b\r\n" + LENGTH + b"\r\n{}"),
    "CR in a value": (Rule.LINES, OK + b"X: a\rb\r\n" + LENGTH + b"\r\n{}"),
    "two equal lengths": (Rule.FRAMING, OK + LENGTH * 2 + b"\r\n{}"),
    "two lengths": (Rule.FRAMING, OK + LENGTH + b"Content-Length: 3\r\n\r\n{}"),
    "a list of lengths": (Rule.FRAMING, OK + b"Content-Length: 2, 2\r\n\r\n{}"),
    "a length with a sign": (Rule.FRAMING, OK + b"Content-Length: +2\r\n\r\n{}"),
    "a length in hexadecimal digits": (Rule.FRAMING, OK + b"Content-Length: 0x2\r\n\r\n{}"),
    "no length": (Rule.FRAMING, OK + b"Content-Length:\r\n\r\n{}"),
    "a transfer coding beside chunked": (Rule.FRAMING, OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "the transfer coding identity": (Rule.FRAMING, OK + b"Transfer-Encoding: identity\r\n\r\n{}"),
    "chunked twice": (Rule.FRAMING, OK + CHUNKED * 2 + b"\r\n0\r\n\r\n"),
    "a blank after the size of a chunk": (Rule.FRAMING, OK + CHUNKED + b"\r\n2 \r\n{}\r\n0\r\n\r\n"),
    "a chunk without a size": (Rule.FRAMING, OK + CHUNKED + b"\r\n{}\r\n0\r\n\r\n"),
    "a chunk that is longer": (Rule.FRAMING, OK + CHUNKED + b"\r\n1\r\n{}\r\n0\r\n\r\n"),
    "a framing field as a trailer": (Rule.FRAMING, OK + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n" + LENGTH + b"\r\n"),
    "a folded trailer": (Rule.LINES, OK + CHUNKED + b"\r\n2\r\n{}\r\n0\r\nX: a\r\n\tb\r\n\r\n"),
    "octets after the content": (Rule.FRAMING, PLAIN + b"\r\n\n"),
    "octets after the last chunk": (Rule.FRAMING, OK + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n\r\n0\r\n"),
    "two responses": (Rule.FRAMING, PLAIN * 2),
    "a length in a 204": (Rule.FRAMING, b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
    "chunks of an interim response": (Rule.FRAMING, b"HTTP/1.1 100 Continue\r\n" + CHUNKED + b"\r\n" + PLAIN),
    "content of a 204": (Rule.CONTENT, b"HTTP/1.1 204 No Content\r\n\r\n{}"),
    "content of a 304": (Rule.CONTENT, b"HTTP/1.1 304 Not Modified\r\n\r\n{}"),
}
CONFORMING = {
    "plain": PLAIN,
    "no reason": b"HTTP/1.1 200 \r\n" + LENGTH + b"\r\n{}",
    "a reason that is not ASCII": b"HTTP/1.1 200 \xe5\xa5\xbd\t\r\n" + LENGTH + b"\r\n{}",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n{}",
    "blanks around a value": OK + b"X:\t a \t\r\nContent-Length:2 \r\n\r\n{}",
    "an empty value": OK + b"X:\r\n" + LENGTH + b"\r\n{}",
    "a value that is not ASCII": OK + b"X: \xc3\xa9\r\n" + LENGTH + b"\r\n{}",
    "interim responses": b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + PLAIN,
    "chunks with extensions and a trailer": OK + CHUNKED + b'\r\n02;a="b;c" ;d\r\n{}\r\n000;e\r\nX: y\r\n\r\n',
    "sizes of a fixed width": OK + CHUNKED + b"\r\n%018x\r\n{}\r\n%018x\r\n\r\n" % (2, 0),
    "a length of a fixed width": OK + b"Content-Length: %020d\r\n\r\n{}" % 2,
    "Chunked": OK + b"transfer-encoding: , Chunked ,\r\n\r\n0\r\n\r\n",
    "a 204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "a length of a 304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    "line ends after the content": PLAIN + b"\r\n\r\n",
    "the end of an idle connection": PLAIN + b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n",
    "leading zeros": OK + b"Content-Length: 002\r\n\r\n{}",
}


def _read(octets: bytes, method: str = "POST") -> Wire:
    return read(octets, method, ended=True)


@pytest.mark.parametrize(("rule", "octets"), FLAWED.values(), ids=list(FLAWED))
def test_a_flaw_is_found(rule: Rule, octets: bytes) -> None:
    assert rule in {flaw.rule for flaw in _read(octets).flaws}


@pytest.mark.parametrize("octets", CONFORMING.values(), ids=list(CONFORMING))
def test_a_conforming_answer_has_no_flaw(octets: bytes) -> None:
    wire = _read(octets)

    assert (wire.flaws, wire.complete) == ((), True)


@pytest.mark.parametrize("ends", range(len(PLAIN)))
def test_an_answer_that_is_cut_off_is_incomplete(ends: int) -> None:
    assert not _read(PLAIN[:ends]).complete


def test_an_answer_to_head_has_a_length_and_no_content() -> None:
    head = OK + LENGTH + b"\r\n"

    assert read(head, "HEAD", ended=False).flaws == ()
    assert [flaw.rule for flaw in read(head + b"{}", "HEAD", ended=False).flaws] == [Rule.CONTENT]


@pytest.mark.parametrize(
    ("octets", "shown"), [(b'{"a": 1}', True), (gzip.compress(b'{"a": 1}', mtime=0), False)], ids=["text", "gzip"]
)
@pytest.mark.parametrize("head", [OK + b"\r\n", PLAIN, OK + CHUNKED + b"\r\n", OK + CHUNKED + b"\r\n1\r\n."])
def test_a_content_in_the_wrong_place_is_shown_if_it_is_text(head: bytes, octets: bytes, shown: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    method = "POST" if b"\r\n\r\n" in head[len(OK) :] else "HEAD"
    flaws = read(head + octets + b"\r\n", method, ended=False).flaws

    assert any(octets.decode("latin-1") in flaw.actual for flaw in flaws) is shown
    assert all(flaw.actual.isascii() for flaw in flaws)
    assert flaws


def test_the_content_without_a_length_ends_with_the_connection() -> None:
    octets = OK + b"\r\n{}"

    assert [read(octets, "POST", ended=ended).complete for ended in (False, True)] == [False, True]


def test_the_lines_are_kept_as_they_came() -> None:
    wire = _read(OK + CHUNKED + b"X:a \r\n\r\n0\r\nY: b\r\n\r\n")

    assert wire.status_line == b"HTTP/1.1 200 OK"
    assert wire.trailer_lines == (b"Y: b",)


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 999 + PLAIN,
        OK + CHUNKED + b"\r\n0\r\n" + b"a:b\r\n" * 999 + b"\r\n",
        b"HTTP/1.1 200 " + b"x" * 9999 + b"\r\n" + b"x\r\n" * 999 + b"\r\n",
    ],
    ids=["interim responses", "trailers", "flaws"],
)
def test_little_is_kept_of_an_answer(octets: bytes) -> None:
    """As the answers of a whole run are kept."""
    assert len(pickle.dumps(_read(octets))) < 9999


tokens = st.text(st.sampled_from("!#$%&'*+-.^_`|~09AZaz"), min_size=1, max_size=9).map(str.encode)
contents = st.binary(max_size=99)
values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=9)
fields = st.lists(st.tuples(tokens.map(b"X-".__add__), values.map(lambda text: text.encode("latin-1"))), max_size=5)


@given(st.integers(200, 599), fields, st.lists(contents, max_size=4), st.booleans(), st.sampled_from(["POST", "HEAD"]))
def test_what_h11_writes_has_no_flaw(
    status: int,
    headers: list[tuple[bytes, bytes]],
    pieces: list[bytes],
    chunked: bool,  # noqa: FBT001 - drawn
    method: str,
) -> None:
    server = h11.Connection(h11.SERVER)
    server.receive_data(f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    server.next_event()
    server.next_event()
    framing = (b"Transfer-Encoding", b"chunked") if chunked else (b"Content-Length", b"%d" % len(b"".join(pieces)))
    framed = [] if status in (204, 304) else [framing]
    events = [h11.Response(status_code=status, headers=[*framed, *headers], reason=b"")]
    parts = [] if status in (204, 304) or method == "HEAD" else [h11.Data(data=piece) for piece in pieces]
    octets = b"".join(server.send(event) or b"" for event in (*events, *parts, h11.EndOfMessage()))
    wire = read(octets, method, ended=False)

    assert (wire.flaws, wire.complete) == ((), True)


octets = st.lists(
    st.binary(max_size=9)
    | st.sampled_from([OK, LENGTH, CHUNKED, b"\r\n", b"\n", b"2\r\n{}\r\n", b"0\r\n\r\n", b"HTTP/1.1 100 \r\n", b": "])
).map(b"".join)


@given(octets, octets, st.sampled_from(["POST", "HEAD"]))
def test_what_came_later_changes_no_earlier_flaw(first: bytes, later: bytes, method: str) -> None:
    before, after = (read(message, method, ended=False) for message in (first, first + later))

    if not before.complete:
        assert after.flaws[: len(before.flaws)] == before.flaws


LARGE: dict[str, Callable[[int], bytes]] = {
    "fields": lambda size: OK + repeated(b"X: y\r\n", size),
    "interim responses": partial(repeated, b"HTTP/1.1 100 \r\n\r\n"),
    "line ends": partial(repeated, b"\n"),
    "a line": partial(repeated, b"x"),
    "lengths": lambda size: OK + b"Content-Length: " + repeated(b"2,", size),
    "chunks": lambda size: OK + CHUNKED + b"\r\n" + repeated(b"1\r\nx\r\n", size),
    "chunk extensions": lambda size: OK + CHUNKED + b"\r\n" + b"1;" + repeated(b' ;a="', size),
    "line ends after the content": lambda size: PLAIN + repeated(b"\r\n", size),
    "trailers": lambda size: OK + CHUNKED + b"\r\n0\r\n" + repeated(b"a:b\r\n", size),
    "a content": lambda size: OK + b"\r\n" + repeated(b"x", size),
}


@pytest.mark.parametrize("answer", LARGE.values(), ids=list(LARGE))
def test_reading_takes_time_in_proportion_to_the_size(answer: Callable[[int], bytes]) -> None:
    assert growth(lambda size: partial(_read, answer(size))) < 3 * TIMES
