"""The octets that faults below HTTP send, as a socket receives them."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import h11
import pytest

from conformance.mock.faults import FAULTS
from conformance.mock.settings import MockSettings
from conformance.mock.wire import serialized
from conformance.selftest.support.mock_client import READY, MockClient, running_mock

VALIDATING, FAILED, COMMITTED = "ASYNC_JOB_VALIDATING", "ASYNC_JOB_VALIDATE_FAILED", "COMMIT_SUCCESS"


@dataclass(frozen=True)
class Case:
    """A request that a fault answers, and a pattern of the octets that the client receives."""

    fault: str
    received: str
    state: str | None = None
    language: str | None = None
    batch_id: str = "unknown"
    body: bytes = b""


RESET = "reset"
INVALID = [
    Case("answer-no-http", r"SSH-2\.0-.*\r\n", VALIDATING),
    Case("answer-empty", "", FAILED),
    Case("answer-reset", RESET, READY),
    Case("answer-reset-in-the-head", RESET, language="zh-cn"),
    Case("answer-reset-in-the-body", RESET, COMMITTED),
    Case("status-line-garbage", r"HTTP/1\.1 Bad Request\r\ndate: .*", VALIDATING),
    Case("header-without-colon", r"HTTP/1\.1 200 OK\r\ndrs ready\r\n.*", READY),
    Case("header-with-nul", "HTTP/1\\.1 400 Bad Request\r\nX-Region: cn\0north\r\n.*", language="en-us"),
    Case("content-length-word", r".*\r\ncontent-length: many\r\n.*\}", READY),
    Case("content-length-twice", r".*\r\ncontent-length: [0-9]{3}\r\ncontent-length: 1\r\n.*\}", COMMITTED),
    Case("chunk-size-broken", r".*\r\ntransfer-encoding: chunked\r\n.*\r\n\r\nlarge\r\n\{.*\r\n0\r\n\r\n", READY),
    Case("chunks-without-end", r".*: chunked\r\n.*\r\n\r\n[0-9a-f]+\r\n\{.*\}\r\n", language="zh-cn"),
    Case("bodies-reset", RESET, body=b"{}"),
    Case("quotes-cut-off", r"HTTP/1\.1 400 .*\r\n\r\n\{.*[^}]", batch_id="';--"),
    Case("slashes-unanswered", "", batch_id="a%2Fb"),
    Case("nul-garbage", r"HTTP/1\.1 NUL\r\n.*\}", batch_id="a%00b"),
]
VALID = [
    Case("two-framings", r".*\r\ncontent-length: [0-9]+\r\ntransfer-encoding: chunked\r\n.*\r\n0\r\n\r\n"),
    Case("two-framings-in-chinese", r".*\r\ntransfer-encoding: chunked\r\n.*\r\n0\r\n\r\n", READY, "zh-cn"),
    Case("id-in-a-header", r".*\r\nX-Batch: a\r\nX-Injected: 1\r\n.*\}", batch_id="a%0D%0AX-Injected:%201"),
    Case("id-in-location", r".*\r\nLocation: a\r\nX-Injected: 1\r\n.*\}", batch_id="a%0D%0AX-Injected:%201"),
]
UNFINISHED = {"body-endless", "french-hangs", "short-english-drips"}
SECOND_ANSWER = {"second-call-cut-off", "second-call-garbage"}


def message(mock: MockClient, case: Case) -> bytes:
    batch_id = mock.make(case.state) if case.state else case.batch_id
    headers = {**mock.headers, "Host": "mock", "Content-Length": str(len(case.body))}
    if case.language:
        headers["X-Language"] = case.language
    lines = [f"POST {mock.path(batch_id)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + case.body


@contextmanager
def connected(mock: MockClient) -> Iterator[socket.socket]:
    host, port = mock.server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        yield connection


def received(mock: MockClient, case: Case) -> bytes | str:
    """Return all octets until the connection is closed, or `RESET`."""
    with connected(mock) as connection:
        connection.sendall(message(mock, case))
        try:
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionResetError:
            return RESET


def parsed(octets: bytes) -> list[h11.Event]:
    """Parse an answer; raises `h11.RemoteProtocolError` unless it is complete."""
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


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.fault)
def test_an_invalid_answer_cannot_be_parsed(case: Case) -> None:
    with running_mock(MockSettings(faults=(case.fault,))) as mock:
        octets = received(mock, case)
        other = mock.commit("another-unknown") if case.language is None else mock.commit(mock.make())

    if isinstance(octets, str):
        assert octets == case.received
    else:
        assert re.fullmatch(case.received.encode(), octets, re.DOTALL)
        with pytest.raises(h11.RemoteProtocolError):
            parsed(octets)
    assert other.json()


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.fault)
def test_an_odd_but_valid_answer_is_parsed(case: Case) -> None:
    with running_mock(MockSettings(faults=(case.fault,))) as mock:
        octets = received(mock, case)

    assert isinstance(octets, bytes)
    assert re.fullmatch(case.received.encode(), octets, re.DOTALL)
    assert isinstance(parsed(octets)[0], h11.Response)


def test_a_body_does_not_end() -> None:
    with running_mock(MockSettings(faults=("body-endless",))) as mock, connected(mock) as connection:
        connection.sendall(message(mock, Case("", "", COMMITTED)))
        size = 0
        while size < 2 << 20:
            octets = connection.recv(65536)
            assert octets
            size += len(octets)


def test_one_request_hangs_and_others_are_answered() -> None:
    with running_mock(MockSettings(faults=("french-hangs",))) as mock, connected(mock) as connection:
        connection.sendall(message(mock, Case("", "", language="fr-fr")))
        assert mock.commit("unknown").status_code == 400
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_an_answer_is_sent_octet_by_octet() -> None:
    with running_mock(MockSettings(faults=("short-english-drips",))) as mock, connected(mock) as connection:
        connection.sendall(message(mock, Case("", "", language="en")))
        octets = b""
        while not octets.endswith(b"}  "):
            octets += connection.recv(65536)
    assert b"content-length: 1000000\r\n" in octets


@pytest.mark.parametrize("name", sorted(SECOND_ANSWER))
def test_the_second_answer_on_a_connection_is_invalid(name: str) -> None:
    with running_mock(MockSettings(faults=(name,))) as mock, connected(mock) as connection:
        request = message(mock, Case("", ""))
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
def test_headers_are_ignored_by_the_case_of_their_names(name: str, change: type[str], status: int) -> None:
    with running_mock(MockSettings(faults=(name,))) as mock:
        headers = {change(key): value for key, value in mock.headers.items()}
        response = mock.client.post(mock.path("unknown"), headers=headers)
    assert response.status_code == status


def test_each_fault_below_http_is_tested() -> None:
    tested = {case.fault for case in (*INVALID, *VALID)} | UNFINISHED | SECOND_ANSWER
    below = {
        name for name, fault in FAULTS.items() if set(fault.breaks) & {"HTTP-001", "HTTP-002", "HTTP-008", "HTTP-009"}
    }

    assert below - tested == {"result-cut-off", "odd-languages-cut-off", "pipelined-call-lost"}


@pytest.mark.parametrize("name", [case.fault for case in INVALID])
def test_the_control_interface_is_not_affected(name: str) -> None:
    with running_mock(MockSettings(faults=(name,))) as mock:
        response = mock.client.post("/_mock/batches", json={"status": READY}, headers={"X-Language": "zh-cn"})
        assert mock.client.get("/_mock/batches/'%00", headers={"X-Language": "en-us"}).status_code == 404
    assert response.status_code == 201


def test_a_response_is_serialized_as_valid_http() -> None:
    octets = serialized(400, [(b"content-length", b"99"), (b"x-a", b"1")], b"{}")

    status_line, _, fields = re.sub(rb"date: .+\r\n", b"", octets).partition(b"\r\n")
    assert status_line == b"HTTP/1.1 400 Bad Request"
    assert fields == b"x-a: 1\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
