"""Limits for the connections of clients: their number, and the time for a head, a body and an answer."""

import contextlib
import json
import socket
import tracemalloc
from collections.abc import Iterator

import httpx
import pytest

from conformance.mock import embedded, transport
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.support.mock_client import MockClient


@contextlib.contextmanager
def connected(server: EmbeddedServer) -> Iterator[socket.socket]:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        yield connection


def rest(connection: socket.socket) -> bytes:
    """Return what arrives until the server closes the connection; raises `TimeoutError` if it does not."""
    octets = b""
    with contextlib.suppress(ConnectionResetError):
        while received := connection.recv(65536):
            octets += received
    return octets


def answer(connection: socket.socket) -> bytes:
    """Return one answer, whose body is a JSON object."""
    octets = b""
    while not octets.endswith(b"}"):
        received = connection.recv(65536)
        assert received
        octets += received
    return octets


def bind_with_small_buffers(host: str, port: int) -> socket.socket:
    """Bind a listener whose connections keep little, so that few requests fill what the system keeps for them."""
    listener = transport.bind(host, port)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return listener


FIRST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
COMPLETE = b"GET /_mock/batches HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
UNFINISHED = {
    "nothing": b"",
    "half a request line": b"GET /_mo",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A",
    "no body": b"POST /_mock/batches HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    "half a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{}",
    "half a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}",
    "no last chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "half a body that is refused before": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n{}",
    "half a head after a request": FIRST + b"GET /",
    "half a body after a request": FIRST + b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
}


@pytest.mark.parametrize("octets", UNFINISHED.values(), ids=UNFINISHED)
def test_an_unfinished_message_is_closed(octets: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MESSAGE_SECONDS", 0.1)
    with EmbeddedServer() as server, connected(server) as connection:
        connection.sendall(octets)
        rest(connection)
        assert httpx.get(f"{server.url}/_mock/", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"]
)
def test_octets_that_keep_coming_do_not_extend_the_time(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MESSAGE_SECONDS", 0.3)
    with EmbeddedServer() as server, connected(server) as connection:
        connection.sendall(start)
        connection.settimeout(0.01)
        closed = False
        while not closed:  # it would not end if each octet gave more time
            with contextlib.suppress(TimeoutError):
                try:
                    connection.sendall(b"a")
                    closed = connection.recv(65536) == b""
                except (ConnectionResetError, BrokenPipeError):
                    closed = True


def test_a_message_in_parts_is_answered(shared_mock: MockClient) -> None:
    message = shared_mock.path("unknown").join(("POST ", " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"))
    token = f"X-Auth-Token: {shared_mock.server.settings.token}\r\nContent-Type: application/json\r\n"
    with connected(shared_mock.server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in f"{message}{token}Content-Length: 2\r\n\r\n{{}}".encode():
            connection.sendall(bytes([octet]))
        assert b"DRS.10000010" in rest(connection)


def test_a_malformed_body_of_a_head_request_gets_an_answer_without_a_body(
    shared_mock: MockClient, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(shared_mock.server) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        octets = rest(connection)

    assert octets.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert octets.endswith(b"\r\n\r\n")
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def test_neither_a_pause_between_requests_nor_a_slow_answer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MESSAGE_SECONDS", 0.1)
    with EmbeddedServer(MockSettings(faults=("french-hangs",))) as server:
        path = f"/v5/{server.settings.project_id}/batch-async-jobs/x/commit"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {server.settings.token}\r\nX-Language: %s\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n"
        with connected(server) as kept, connected(server) as hanging, connected(server) as idle:
            kept.sendall((head % "en-us").encode())
            assert answer(kept).startswith(b"HTTP/1.1 400 ")
            hanging.sendall((head % "fr-fr").encode())
            rest(idle)  # whose time began before
            with connected(server) as later:
                rest(later)
            kept.sendall((head % "en-us").encode())
            assert answer(kept).startswith(b"HTTP/1.1 400 ")
            hanging.settimeout(0.1)
            with pytest.raises(TimeoutError):
                hanging.recv(1)


def test_an_answer_that_nobody_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "KEEP_ALIVE_SECONDS", 0.1)
    with EmbeddedServer() as server, connected(server) as connection:
        server.app.store.add([Batch(f"{number:0>500}", "p" * 500, BatchStatus.READY) for number in range(10_000)])
        port = server.url.rpartition(":")[2].encode()
        connection.sendall(COMPLETE.replace(b"{port}", port))
        connection.recv(1)
        with connected(server) as later:
            later.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            rest(later)  # whose time began later
        assert len(rest(connection)) < 10_000_000


def test_answers_to_many_requests_that_nobody_reads_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "KEEP_ALIVE_SECONDS", 0.1)
    monkeypatch.setattr(embedded, "bind", bind_with_small_buffers)
    with EmbeddedServer() as server, connected(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for _ in range(100_000):
                connection.sendall(FIRST * 100)
            pytest.fail("the connection is still open")


def test_connections_above_the_limit_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_CONNECTIONS", 3)
    with EmbeddedServer() as server, contextlib.ExitStack() as stack:
        kept = [stack.enter_context(connected(server)) for _ in range(3)]
        for connection in kept:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert answer(connection).startswith(b"HTTP/1.1 404 ")
        with connected(server) as above:
            assert rest(above) == b""
        kept[0].sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest(kept[0]).startswith(b"HTTP/1.1 404 ")
        assert httpx.get(f"{server.url}/unknown", trust_env=False).status_code == 404


@pytest.mark.parametrize("field", [b"a:\r\n" * 5000, b"a: " + b"b" * (512 * 1024) + b"\r\n"], ids=["many", "large"])
def test_a_head_above_the_limits_is_refused_and_closed(shared_mock: MockClient, field: bytes) -> None:
    with connected(shared_mock.server) as connection:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + field + b"\r\n")
        octets = rest(connection)
    assert octets == b"" or json.loads(octets.partition(b"\r\n\r\n")[2])["error_code"] == "DRS.10000009"
    assert not any("a" in dict(entry.headers) for entry in shared_mock.server.app.record.listed())


def test_large_bodies_that_come_slowly_neither_delay_others_nor_are_kept() -> None:
    size, number = 10_000_000, 12
    large = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n%b\r\n\r\n"
    declared, chunked = large % b"Content-Length: %d" % size, large % b"Transfer-Encoding: chunked"
    tracemalloc.start()
    try:
        with EmbeddedServer() as server, contextlib.ExitStack() as stack:
            slow = [stack.enter_context(connected(server)) for _ in range(number)]
            for place, connection in enumerate(slow):
                connection.sendall(declared if place % 2 else chunked)
                assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
                connection.sendall(b"" if place % 2 else b"%x\r\n" % size)
                connection.sendall(bytes(size - 1))
            with connected(server) as other:
                other.sendall(declared + bytes(size))
                assert b"HTTP/1.1 404 " in rest(other)
            for place, connection in enumerate(slow):
                connection.sendall(b"\0" if place % 2 else b"\0\r\n0\r\n\r\n")
                assert rest(connection).startswith(b"HTTP/1.1 404 ")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < number * size / 2


@pytest.mark.parametrize("fault", [None, "expectation-ignored"])
def test_a_100_comes_before_the_content_unless_a_fault_withholds_it(fault: str | None) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with EmbeddedServer(MockSettings(faults=(fault,) if fault else ())) as server, connected(server) as connection:
        connection.sendall(head)
        if fault is None:
            assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")

        assert answer(connection).startswith(b"HTTP/1.1 404 ")
