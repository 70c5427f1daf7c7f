"""What faults below HTTP send, octet by octet, as a socket receives it."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import h11
import pytest

from conformance.selftest.server.rehearsal import READY, Rehearsal, rehearsed
from conformance.server.faults import FAULTS
from conformance.server.settings import MockSettings
from conformance.server.wire import serialized

VALIDATING, FAILED, COMMITTED = "ASYNC_JOB_VALIDATING", "ASYNC_JOB_VALIDATE_FAILED", "COMMIT_SUCCESS"


@dataclass(frozen=True)
class Call:
    """A call that a fault answers in its own way, and what is received then."""

    fault: str
    received: str
    state: str | None = None
    language: str | None = None
    batch_id: str = "unknown"
    body: bytes = b""


RESET = "reset"
CUT = [
    Call("answer-no-http", r"SSH-2\.0-.*\r\n", VALIDATING),
    Call("answer-empty", "", FAILED),
    Call("answer-reset", RESET, READY),
    Call("answer-reset-in-the-head", RESET, language="zh-cn"),
    Call("answer-reset-in-the-body", RESET, COMMITTED),
    Call("status-line-garbage", r"HTTP/1\.1 Bad Request\r\ncontent-type: .*", VALIDATING),
    Call("header-without-colon", r"HTTP/1\.1 200 OK\r\ndrs ready\r\n.*", READY),
    Call("header-with-nul", "HTTP/1\\.1 400 Bad Request\r\nX-Region: cn\0north\r\n.*", language="en-us"),
    Call("content-length-word", r".*\r\ncontent-length: many\r\n.*\}", READY),
    Call("content-length-twice", r".*\r\ncontent-length: [0-9]{3}\r\ncontent-length: 1\r\n.*\}", COMMITTED),
    Call("chunk-size-broken", r".*\r\ntransfer-encoding: chunked\r\n.*\r\n\r\nlarge\r\n\{.*\r\n0\r\n\r\n", READY),
    Call("chunks-without-end", r".*: chunked\r\n.*\r\n\r\n[0-9a-f]+\r\n\{.*\}\r\n", language="zh-cn"),
    Call("bodies-reset", RESET, body=b"{}"),
    Call("quotes-cut-off", r"HTTP/1\.1 400 .*\r\n\r\n\{.*[^}]", batch_id="';--"),
    Call("slashes-unanswered", "", batch_id="a%2Fb"),
    Call("nul-garbage", r"HTTP/1\.1 NUL\r\n.*\}", batch_id="a%00b"),
]
WHOLE = [
    Call("two-framings", r".*\r\ncontent-length: [0-9]+\r\ntransfer-encoding: chunked\r\n.*\r\n0\r\n\r\n"),
    Call("two-framings-in-chinese", r".*\r\ntransfer-encoding: chunked\r\n.*\r\n0\r\n\r\n", READY, "zh-cn"),
    Call("id-in-a-header", r".*\r\nX-Batch: a\r\nX-Injected: 1\r\n.*\}", batch_id="a%0D%0AX-Injected:%201"),
    Call("id-in-location", r".*\r\nLocation: a\r\nX-Injected: 1\r\n.*\}", batch_id="a%0D%0AX-Injected:%201"),
]
LASTING = {"body-endless", "french-hangs", "short-english-drips"}
KEPT = {"second-call-cut-off", "second-call-garbage"}


def message(mock: Rehearsal, call: Call) -> bytes:
    batch_id = mock.make(call.state) if call.state else call.batch_id
    headers = {**mock.headers, "Host": "mock", "Content-Length": str(len(call.body))}
    if call.language:
        headers["X-Language"] = call.language
    lines = [f"POST {mock.path(batch_id)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + call.body


@contextmanager
def connected(mock: Rehearsal) -> Iterator[socket.socket]:
    host, port = mock.server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        yield connection


def received(mock: Rehearsal, call: Call) -> bytes | str:
    """Return all that comes back before the connection is closed, or that it was reset."""
    with connected(mock) as connection:
        connection.sendall(message(mock, call))
        try:
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionResetError:
            return RESET


def parsed(octets: bytes) -> list[h11.Event]:
    """Read an answer, and raise `h11.RemoteProtocolError` unless it is whole."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="POST", target="/", headers=[("Host", "mock")]))
    client.send(h11.EndOfMessage())
    client.receive_data(octets)
    client.receive_data(b"")
    events: list[h11.Event] = []
    while not events or not isinstance(events[-1], h11.EndOfMessage):
        event = client.next_event()
        if isinstance(event, h11.ConnectionClosed):
            raise h11.RemoteProtocolError("closed without an answer")
        assert isinstance(event, h11.Event)
        events.append(event)
    return events


@pytest.mark.parametrize("call", CUT, ids=lambda call: call.fault)
def test_what_is_sent_is_no_answer(call: Call) -> None:
    with rehearsed(MockSettings(faults=(call.fault,))) as mock:
        octets = received(mock, call)
        sound = mock.commit("another-unknown") if call.language is None else mock.commit(mock.make())

    if isinstance(octets, str):
        assert octets == call.received
    else:
        assert re.fullmatch(call.received.encode(), octets, re.DOTALL)
        with pytest.raises(h11.RemoteProtocolError):
            parsed(octets)
    assert sound.json()


@pytest.mark.parametrize("call", WHOLE, ids=lambda call: call.fault)
def test_what_is_sent_is_an_answer_all_the_same(call: Call) -> None:
    with rehearsed(MockSettings(faults=(call.fault,))) as mock:
        octets = received(mock, call)

    assert isinstance(octets, bytes)
    assert re.fullmatch(call.received.encode(), octets, re.DOTALL)
    assert isinstance(parsed(octets)[0], h11.Response)


def test_a_body_does_not_end() -> None:
    with rehearsed(MockSettings(faults=("body-endless",))) as mock, connected(mock) as connection:
        connection.sendall(message(mock, Call("", "", COMMITTED)))
        size = 0
        while size < 2 << 20:
            octets = connection.recv(65536)
            assert octets
            size += len(octets)


def test_a_call_is_never_answered_and_others_are() -> None:
    with rehearsed(MockSettings(faults=("french-hangs",))) as mock, connected(mock) as connection:
        connection.sendall(message(mock, Call("", "", language="fr-fr")))
        assert mock.commit("unknown").status_code == 400
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_an_answer_drips() -> None:
    with rehearsed(MockSettings(faults=("short-english-drips",))) as mock, connected(mock) as connection:
        connection.sendall(message(mock, Call("", "", language="en")))
        octets = b""
        while not octets.endswith(b"}  "):
            octets += connection.recv(65536)
    assert b"content-length: 1000000\r\n" in octets


@pytest.mark.parametrize("name", sorted(KEPT))
def test_the_second_answer_on_a_connection_is_none(name: str) -> None:
    with rehearsed(MockSettings(faults=(name,))) as mock, connected(mock) as connection:
        request = message(mock, Call("", ""))
        connection.sendall(request)
        first = b""
        while not first.endswith(b"}"):
            first += connection.recv(65536)
        connection.sendall(request)
        second = b"".join(iter(lambda: connection.recv(65536), b""))

    assert isinstance(parsed(first)[0], h11.Response)
    with pytest.raises(h11.RemoteProtocolError):
        parsed(second)


@pytest.mark.parametrize(
    ("name", "change", "status"),
    [
        ("names-in-capitals-overlooked", str.upper, 401),
        ("names-in-capitals-overlooked", str.lower, 400),
        ("names-in-small-letters-overlooked", str.lower, 401),
        ("names-in-small-letters-overlooked", str, 400),
    ],
)
def test_headers_are_overlooked_for_how_their_names_are_spelt(name: str, change: type[str], status: int) -> None:
    with rehearsed(MockSettings(faults=(name,))) as mock:
        headers = {change(key): value for key, value in mock.headers.items()}
        response = mock.client.post(mock.path("unknown"), headers=headers)
    assert response.status_code == status


def test_each_fault_below_http_is_tried() -> None:
    tried = {call.fault for call in (*CUT, *WHOLE)} | LASTING | KEPT
    below = {
        name for name, fault in FAULTS.items() if set(fault.breaks) & {"HTTP-001", "HTTP-002", "HTTP-008", "HTTP-009"}
    }

    assert below - tried == {"result-cut-off", "odd-languages-cut-off"}


@pytest.mark.parametrize("name", [call.fault for call in CUT])
def test_the_control_interface_is_spared(name: str) -> None:
    with rehearsed(MockSettings(faults=(name,))) as mock:
        response = mock.client.post("/_mock/batches", json={"status": READY}, headers={"X-Language": "zh-cn"})
        assert mock.client.get("/_mock/batches/'%00", headers={"X-Language": "en-us"}).status_code == 404
    assert response.status_code == 201


def test_a_response_is_serialized_as_http_wants_it() -> None:
    octets = serialized(400, [(b"content-length", b"99"), (b"x-a", b"1")], b"{}")

    assert octets == b"HTTP/1.1 400 Bad Request\r\nx-a: 1\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
