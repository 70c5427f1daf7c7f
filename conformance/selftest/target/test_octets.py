"""The octets of each exchange: messages in other forms, and what came."""

from __future__ import annotations

import socket
import struct

import pytest

from conformance.exchange.exchange import Form, Request, Response, TransportFailure
from conformance.exchange.wire import Rule
from conformance.selftest.support.hostile.listening import Peer, listening
from conformance.target.limits import Limits
from conformance.target.transport import HttpTransport

FOLDED = b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"
REFUSED = b"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(("octets", "outcome"), [(FOLDED, Response), (REFUSED, TransportFailure)])
def test_an_outcome_has_the_flaws_of_what_came(octets: bytes, outcome: type[Response | TransportFailure]) -> None:
    def answer(peer: Peer) -> None:
        peer.request()
        peer.send(octets)

    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        [found] = transport.send([Request("POST", "/", ())])

    assert isinstance(found, outcome)
    assert isinstance(found, (Response, TransportFailure))
    assert {flaw.rule for flaw in found.wire.flaws} == {Rule.LINES}


def test_answers_on_one_connection_are_kept_apart() -> None:
    def answer(peer: Peer) -> None:
        for number in range(3):
            peer.request()
            peer.send(b"HTTP/1.1 20%d OK\r\nContent-Length: 2\r\n\r\n{}" % number)

    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        outcomes = transport.send_in_turn([Request("POST", "/", ())] * 3)

    lines = [b"HTTP/1.1 200 OK", b"HTTP/1.1 201 OK", b"HTTP/1.1 202 OK"]
    assert [outcome.wire.status_line for outcome in outcomes if isinstance(outcome, Response)] == lines
    assert all(outcome.wire.complete and not outcome.wire.flaws for outcome in outcomes)


FORMS = {
    "HTTP/1.0": (Form(version="1.0"), b"POST /p/x HTTP/1.0\r\nHost: {}\r\nX:  a\t\r\nContent-Length: 2\r\n\r\nab"),
    "absolute": (
        Form(absolute=True),
        b"POST http://{}/p/x HTTP/1.1\r\nHost: {}\r\nX:  a\t\r\nContent-Length: 2\r\n\r\nab",
    ),
    "chunked": (
        Form(framing="chunked"),
        b"POST /p/x HTTP/1.1\r\nHost: {}\r\nX:  a\t\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    ),
    "annotated": (
        Form(framing="annotated"),
        b"POST /p/x HTTP/1.1\r\nHost: {}\r\nX:  a\t\r\n%b"
        % b"Transfer-Encoding: Chunked\r\n\r\n1;x=y\r\na\r\n1;x=y\r\nb\r\n0;x=y\r\nX-Checksum: none\r\n\r\n",
    ),
    "with the last field as a trailer": (
        Form(framing="annotated", trailing=1),
        b"POST /p/x HTTP/1.1\r\nHost: {}\r\n%b"
        % b"Transfer-Encoding: Chunked\r\n\r\n1;x=y\r\na\r\n1;x=y\r\nb\r\n0;x=y\r\nX-Checksum: none\r\nX:  a\t\r\n\r\n",
    ),
    "without blanks": (Form(tight=True), b"POST /p/x HTTP/1.1\r\nHost:{}\r\nX: a\t\r\nContent-Length: 2\r\n\r\nab"),
    "without content": (Form(framing="none"), b"POST /p/x HTTP/1.1\r\nHost: {}\r\nX:  a\t\r\n\r\n"),
}


@pytest.mark.parametrize(("form", "octets"), FORMS.values(), ids=list(FORMS))
def test_a_message_is_sent_in_its_form(form: Form, octets: bytes) -> None:
    received = bytearray()

    def answer(peer: Peer) -> None:
        while len(received) < len(expected):
            received.extend(peer.socket.recv(65536))
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with listening(answer) as server, HttpTransport(f"{server.url}/p", Limits()) as transport:
        expected = octets.replace(b"{}", server.url.removeprefix("http://").encode())
        [outcome] = transport.send([Request("POST", "/x", (("X", " a\t"),), b"ab", form)])

    assert bytes(received) == expected
    assert isinstance(outcome, Response)
    assert outcome.body == b"{}"


def test_a_message_in_parts_comes_in_three() -> None:
    parts: list[bytes] = []

    def answer(peer: Peer) -> None:
        while not parts or not parts[-1].endswith(b"ab"):
            parts.append(peer.socket.recv(65536))
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        [outcome] = transport.send([Request("POST", "/x", (("X", "a"),), b"ab", Form(split=True))])

    head, end = b"".join(parts[:-1]), parts[-1]
    assert isinstance(outcome, Response)
    assert len(parts) == 3
    assert head.endswith(b"Content-Length: 2\r\n\r\n")
    assert end == b"ab"


PIPELINED = [Request("POST", f"/{name}", (), form=Form(pipelined=True)) for name in "ab"]
ANSWERS = [b"HTTP/1.1 20%d OK\r\nContent-Length: 2\r\n\r\n{}" % number for number in range(2)]


@pytest.mark.parametrize("together", [False, True])
def test_pipelined_requests_are_sent_before_the_first_answer(together: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    received = bytearray()

    def answer(peer: Peer) -> None:
        while received.count(b"\r\n\r\n") < len(PIPELINED):
            received.extend(peer.socket.recv(65536))
        for octets in [b"".join(ANSWERS)] if together else ANSWERS:
            peer.send(octets)

    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        outcomes = transport.send_in_turn(PIPELINED)

    assert [line for line in received.splitlines() if b"HTTP/1.1" in line] == [b"POST /a HTTP/1.1", b"POST /b HTTP/1.1"]
    assert [outcome.status for outcome in outcomes if isinstance(outcome, Response)] == [200, 201]
    assert all(outcome.wire.complete and not outcome.wire.flaws for outcome in outcomes)


def test_a_pipelined_request_is_not_sent_again_if_the_connection_ends() -> None:
    peers: list[Peer] = []

    def answer(peer: Peer) -> None:
        peers.append(peer)
        peer.request()
        peer.send(ANSWERS[0].replace(b"\r\n", b"\r\nConnection: close\r\n", 1))

    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        first, second = transport.send_in_turn(PIPELINED, repeatable=True)

    assert isinstance(first, Response)
    assert isinstance(second, TransportFailure)
    assert (second.kind, len(peers)) == ("protocol", 1)


@pytest.mark.parametrize(("octets", "kind"), [(ANSWERS[0], ""), (b"HTTP/1.1 100 Continue\r\n\r\n", "unsendable")])
def test_announced_content_is_not_sent(octets: bytes, kind: str) -> None:
    received = bytearray()

    def answer(peer: Peer) -> None:
        while not received.endswith(b"\r\n\r\n"):
            received.extend(peer.socket.recv(65536))
        peer.send(octets)
        received.extend(peer.socket.recv(65536))

    request = Request("POST", "/", (("Expect", "100-continue"),), form=Form(announced=13 << 20))
    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        [outcome] = transport.send([request])

    assert received.endswith(b"Content-Length: 13631488\r\n\r\n")
    assert (outcome.kind if isinstance(outcome, TransportFailure) else "") == kind


def test_a_form_is_left_out_behind_a_proxy_and_no_trailer_becomes_a_header() -> None:
    received: list[bytes] = []

    def answer(peer: Peer) -> None:
        received.append(peer.request())
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    headers, form = (("X", "a"), ("X-Auth-Token", "secret")), Form(framing="annotated", trailing=1, version="1.0")
    with listening(answer) as server, HttpTransport("http://target.test", Limits(), proxy=server.url) as transport:
        [outcome] = transport.send([Request("POST", "/x", headers, form=form)])

    assert isinstance(outcome, Response)
    assert received[0].startswith(b"POST http://target.test/x HTTP/1.1\r\n")
    assert b"X: a\r\n" in received[0]
    assert b"secret" not in received[0]


@pytest.mark.parametrize(
    ("first", "content", "early"),
    [(b"HTTP/1.1 100 Continue\r\n\r\n", b"ab", True), (b"", b"ab", False), (b"HTTP/1.1 417 X\r\n", b"", True)],
)
def test_content_that_awaits_a_100_is_sent_unless_it_is_refused(first: bytes, content: bytes, early: bool) -> None:  # noqa: FBT001 - a column of the table
    received: list[bytes] = []

    def answer(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.send(first)
        if not first.endswith(b"X\r\n"):
            received.append(peer.socket.recv(65536))
            peer.send(b"HTTP/1.1 200 OK\r\n")
        peer.send(b"Content-Length: 2\r\n\r\n{}")

    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        [outcome] = transport.send([Request("POST", "/", (("Expect", "100-continue"),), b"ab", Form())])

    assert b"".join(received) == content
    assert isinstance(outcome, Response)
    assert (outcome.body, outcome.wire.early) == (b"{}", early)


@pytest.mark.parametrize("end", ["close", "reset", None])
def test_a_connection_is_observed_after_the_answer_however_it_ends(end: str | None) -> None:
    def answer(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        if end is None:
            peer.socket.recv(65536)
        elif end == "reset":
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.socket.close()

    with listening(answer) as server, HttpTransport(server.url, Limits(timeout=0.1)) as transport:
        [outcome] = transport.send([Request("POST", "/", (), form=Form(linger=0.2))])

    assert isinstance(outcome, Response)
    assert outcome.wire.ended is (end is not None)


def test_what_comes_before_a_request_on_the_same_connection_is_taken_for_its_answer() -> None:
    def answer(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        peer.send(b"HTTP/1.1 400 \r\nContent-Length: 0\r\n\r\n")
        peer.request()

    with listening(answer) as server, HttpTransport(server.url, Limits()) as transport:
        outcomes = transport.send_in_turn([Request("POST", "/", ())] * 2, repeatable=True)

    assert [isinstance(outcome, Response) and outcome.status for outcome in outcomes] == [200, 400]
