"""The transport sends requests unchanged, within its limits, and repeats only those that were not processed."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import ssl
import threading
import zlib
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from conformance.errors import LimitError
from conformance.exchange.exchange import Request, Response, TransportFailure
from conformance.mock.embedded import EmbeddedServer
from conformance.selftest import client
from conformance.selftest.support.growth import TIMES, growth
from conformance.selftest.support.hostile.listening import Peer, listening
from conformance.selftest.support.servers import answering
from conformance.target import decoding
from conformance.target import transport as transport_module
from conformance.target.limits import Limits, Quota
from conformance.target.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anyio.from_thread import BlockingPortal


@pytest.mark.parametrize("value", ["3600", "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_a_request_is_not_sent_again_after_a_long_retry_after(value: str) -> None:
    with answering(429, b"{}", {"Retry-After": value}) as url, HttpTransport(url, Limits()) as transport:
        transport.send([Request("POST", "/", ())], repeatable=True)

        assert transport.sent == 1


def test_a_compressed_body_is_decoded() -> None:
    with (
        answering(200, gzip.compress(b"{}"), {"Content-Encoding": "gzip"}) as url,
        HttpTransport(url, Limits()) as transport,
    ):
        outcome = transport.send([Request("GET", "/", ())])[0]

    assert isinstance(outcome, Response)
    assert outcome.body == b"{}"


@pytest.mark.parametrize(
    ("status", "code", "sent"),
    [(429, "DRS.1", 4), (503, "APIGW.0307", 4), (503, "DRS.1", 1), (500, "APIGW.0307", 1), (400, "APIGW.0307", 1)],
)
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_request_is_sent_again_only_if_it_was_not_processed_and_is_repeatable(
    status: int,
    code: str,
    sent: int,
    repeatable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    body = json.dumps({"error_code": code}).encode()
    with answering(status, body, {"Retry-After": "0"}) as url, HttpTransport(url, Limits()) as transport:
        outcome = transport.send([Request("POST", "/", ())], repeatable=repeatable)[0]
        assert isinstance(outcome, Response)
        assert transport.sent == (sent if repeatable else 1)


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_request_on_a_closed_connection_is_sent_again_only_if_repeatable(
    repeatable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    received: list[bytes] = []

    def answer_the_first(peer: Peer) -> None:
        received.append(peer.request())
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        received.append(peer.request())

    with listening(answer_the_first) as server, HttpTransport(server.url, Limits()) as transport:
        outcomes = transport.send_in_turn([Request("POST", "/", ())] * 2, repeatable=repeatable)

        assert [isinstance(outcome, Response) for outcome in outcomes] == [True, repeatable]
        assert transport.sent == (3 if repeatable else 2)
    assert len(list(filter(None, received))) == transport.sent


@pytest.mark.parametrize("answered", [1, 3])
def test_repeatable_requests_share_a_connection_until_it_gives_no_answer(answered: int) -> None:
    connections: list[int] = []

    def answer_some(peer: Peer) -> None:
        connections.append(0)
        while peer.request() and (len(connections) > 1 or connections[0] < answered):
            connections[-1] += 1
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    request = Request("POST", "/", ())
    with listening(answer_some) as server, HttpTransport(server.url, Limits()) as transport:
        transport.keep_connections()
        outcomes = [transport.send([request], repeatable=True)[0] for _ in range(3)]
        transport.keep_connections()
        outcomes += [transport.send([request], repeatable=True)[0] for _ in range(2)]

    assert all(isinstance(outcome, Response) for outcome in outcomes)
    assert connections[0] == answered
    assert set(connections[1:]) == {1}
    assert sum(connections) == len(outcomes)


def test_only_a_closed_connection_is_replaced_by_another() -> None:
    def answer_once_and_then_wrongly(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        peer.request()
        peer.send(b"no HTTP\r\n\r\n")

    request = Request("GET", "/", ())
    with listening(answer_once_and_then_wrongly) as server, HttpTransport(server.url, Limits()) as transport:
        transport.keep_connections()
        [first], [second] = (transport.send([request], repeatable=True) for _ in range(2))

    assert isinstance(first, Response)
    assert isinstance(second, TransportFailure)
    assert transport.sent == 2


def test_a_connection_on_which_octets_follow_an_answer_is_not_used_again() -> None:
    def answer_all(peer: Peer) -> None:
        while peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}}")

    request = Request("GET", "/", ())
    with listening(answer_all) as server, HttpTransport(server.url, Limits()) as transport:
        transport.keep_connections()
        outcomes = [transport.send([request], repeatable=True)[0] for _ in range(3)]

    assert all(isinstance(outcome, Response) for outcome in outcomes)


def test_an_interrupted_request_is_not_sent_again() -> None:
    requests: list[bytes] = []

    def interrupt(peer: Peer) -> None:
        requests.append(peer.request())
        peer.send(b"HTTP/1.1 429 \r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n")
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with (
        listening(interrupt) as server,
        HttpTransport(server.url, Limits(rate=0.5)) as transport,
        pytest.raises(KeyboardInterrupt),
    ):
        transport.send([Request("GET", "/", ())], repeatable=True)

    assert len(requests) == 1


@pytest.mark.parametrize("interrupted", ["starting", "started", "stopping", "stopped"])
def test_an_interrupt_waits_until_the_event_loop_has_started_or_stopped(
    interrupted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def step(name: str) -> None:
        if name == interrupted:
            signal.raise_signal(signal.SIGINT)
        steps.append(name)

    @contextmanager
    def portal() -> Iterator[BlockingPortal]:
        step("starting")
        with ExitStack() as resources:
            resources.callback(step, "stopped")
            portal = resources.enter_context(start_blocking_portal())
            step("started")
            resources.callback(step, "stopping")
            yield portal

    monkeypatch.setattr(transport_module, "start_blocking_portal", portal)
    with pytest.raises(KeyboardInterrupt), HttpTransport("http://127.0.0.1", Limits()):
        pass

    assert steps == ["starting", "started", "stopping", "stopped"]


def test_a_request_that_may_commit_a_batch_has_a_connection_of_its_own() -> None:
    connections: list[int] = []

    def answer_all(peer: Peer) -> None:
        connections.append(0)
        while peer.request():
            connections[-1] += 1
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    request = Request("POST", "/", ())
    with listening(answer_all) as server, HttpTransport(server.url, Limits()) as transport:
        transport.keep_connections()
        for repeatable in (True, False, True, False):
            transport.send([request], repeatable=repeatable)

    assert sorted(connections) == [1, 1, 2]


def test_no_more_requests_are_sent_than_allowed() -> None:
    with answering(200, b"{}") as url, HttpTransport(url, Limits(max_requests=2)) as transport:
        transport.send([Request("GET", "/", ())] * 2)

        with pytest.raises(LimitError, match="--max-requests 2"):
            transport.send([Request("GET", "/", ())])


def test_transports_that_share_a_quota_are_counted_and_paced_together(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def record(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(anyio, "sleep", record)
    quota = Quota(Limits(max_requests=4, rate=0.001))
    with answering(200, b"{}") as url, HttpTransport(url, quota) as one, HttpTransport(url, quota) as other:
        for transport in (one, other, one, other):
            transport.send([Request("GET", "/", ())])
        assert (one.sent, other.sent) == (4, 4)
        with pytest.raises(LimitError, match="--max-requests 4"):
            one.send([Request("GET", "/", ())])

    waited = [round(seconds, -3) for seconds in pauses if seconds > 1]
    assert waited == [1000, 2000, 3000]


@pytest.mark.parametrize(("rate", "expected"), [(None, 100.0), (20.0, 20.0), (2.0, 2.0)])
def test_a_target_that_asks_for_fewer_requests_gets_a_quarter(
    monkeypatch: pytest.MonkeyPatch, rate: float | None, expected: float
) -> None:
    now, pauses = [1000.0], list[float]()

    async def wait(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(anyio, "sleep", wait)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    quota = Quota(Limits(rate=rate))
    for _ in range(400):  # in one second
        now[0] += 1 / 400
        anyio.run(quota.take)
    quota.slow_down()
    now[0] += 1000
    pauses.clear()
    for _ in range(3):
        anyio.run(quota.take)

    assert [round(seconds, 3) for seconds in pauses] == [0, round(1 / expected, 3), round(2 / expected, 3)]


def test_no_request_is_started_after_the_budget() -> None:
    with answering(200, b"{}") as url, HttpTransport(url, Limits(budget=1e-9)) as transport, pytest.raises(LimitError):
        transport.send([Request("GET", "/", ())])


def _drip(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    peer.drip(b" " * 1000)


def test_an_answer_is_not_waited_for_after_the_budget() -> None:
    with listening(_drip) as server, HttpTransport(server.url, Limits(timeout=30, budget=0.2)) as transport:
        for send in (transport.send, transport.send_in_turn):
            with pytest.raises(LimitError, match=r"--budget 0\.2 seconds"):
                send([Request("GET", "/", ())], repeatable=True)


class _Ending(Limits):
    """A budget that ends as soon as the first request is sent."""

    asked = 0

    @property
    def left(self) -> float:
        type(self).asked += 1
        return 1.0 if type(self).asked == 1 else 0.0


def test_the_answer_to_a_request_that_may_commit_a_batch_is_waited_for_after_the_budget() -> None:
    with answering(200, b"{}") as url, HttpTransport(url, _Ending(budget=1)) as transport:
        [outcome] = transport.send([Request("POST", "/", ())], repeatable=False)

        assert isinstance(outcome, Response)
        with pytest.raises(LimitError):
            transport.send([Request("POST", "/", ())], repeatable=False)


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_pause_that_the_target_asks_for_ends_with_the_budget(
    repeatable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    with (
        answering(429, b"{}", {"Retry-After": "9"}) as url,
        HttpTransport(url, Limits(budget=0.2)) as transport,
    ):
        [outcome] = transport.send([Request("POST", "/", ())], repeatable=repeatable)

        assert isinstance(outcome, Response)
        assert transport.sent == 1
        with pytest.raises(LimitError):
            transport.send([Request("POST", "/", ())], repeatable=repeatable)


def test_a_rate_does_not_extend_the_budget() -> None:
    with answering(200, b"{}") as url, HttpTransport(url, Limits(rate=0.01, budget=0.2)) as transport:
        transport.send([Request("GET", "/", ())])

        with pytest.raises(LimitError, match="--budget"):
            transport.send([Request("GET", "/", ())])


@pytest.mark.parametrize("kind", ["empty members", "members", "one member", "zlib"])
def test_the_time_to_decode_a_content_is_proportional_to_its_size(kind: str) -> None:
    coding = "deflate" if kind == "zlib" else "gzip"
    member = {"empty members": gzip.compress(b""), "members": gzip.compress(b"x" * 20)}.get(kind)

    def step(size: int) -> Callable[[], bytes]:
        content = random.Random(1).randbytes(size)  # noqa: S311 - it cannot be compressed
        compress = zlib.compress if kind == "zlib" else gzip.compress
        body = member * (size // len(member)) if member else compress(content[: size - 1000])
        return partial(decoding.decode, body, [coding])

    assert growth(step) < 3 * TIMES


def test_a_redirect_is_not_followed() -> None:
    with (
        answering(200, b"") as elsewhere,
        answering(302, b"", {"Location": elsewhere}) as url,
        HttpTransport(url, Limits()) as transport,
    ):
        outcome = transport.send([Request("POST", "/", (("X-Auth-Token", "t0ken-of-mine"),))])[0]

    assert isinstance(outcome, Response)
    assert outcome.status == 302


def test_a_target_is_sent_unchanged_after_the_prefix() -> None:
    with EmbeddedServer() as mock:
        with HttpTransport(f"{mock.url}/prefix/", Limits()) as transport:
            transport.send([Request("POST", "/a/../b%2Fc?d=%20", ())])
        record = httpx.get(f"{mock.url}/_mock/requests", trust_env=False).json()["requests"]

    assert [entry["target"] for entry in record] == ["/prefix/a/../b%2Fc?d=%20"]


def test_a_broken_record_of_tls_is_no_answer() -> None:
    certificate = Path(client.__file__).with_name("localhost.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def break_off(peer: Peer) -> None:
        peer.request()
        os.write(peer.socket.fileno(), b"\x17\x03\x03\x00\x28" + b"A" * 40)

    with (
        listening(break_off, context) as server,
        HttpTransport(server.url.replace("http:", "https:"), Limits(), ca_file=certificate) as transport,
    ):
        [outcome] = transport.send([Request("GET", "/", ())])

    assert isinstance(outcome, TransportFailure)
    assert outcome.kind == "protocol"
