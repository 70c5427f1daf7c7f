"""A connection to a mock in this process without sockets: the double of the real one, for faults above the wire.

It builds and parses messages with the same libraries as the real transport and the real server, so that both see the
same requests and answers; `selftest/proof/test_direct.py` compares the two.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache, partial
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

import h11
import httpx

from conformance.exchange import wire
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Form, Response, TransportFailure
from conformance.exchange.retry import was_not_processed
from conformance.mock.app import MockApp
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.limits import BODY_LIMIT
from conformance.mock.request import ReceivedRequest
from conformance.mock.transport import SERVER_HEADER
from conformance.target.connection import embedded_connection
from conformance.target.decoding import CodingError, TooLargeError, codings, decode
from conformance.target.mock_control import STATUSES
from conformance.target.octets import RESET, WITHHELD
from conformance.target.transport import RETRIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.config.settings import Settings
    from conformance.exchange.exchange import Request
    from conformance.exchange.transport import Outcome
    from conformance.mock.answers import Answer
    from conformance.mock.settings import MockSettings
    from conformance.target.connection import Connection

__all__ = ["DirectTransport", "WireError", "add_named", "connecting"]

HOST = "127.0.0.1"
CHUNKED = (b"Transfer-Encoding", b"chunked")
ORIGIN = httpx.URL(f"http://{HOST}")
DATE = formatdate(usegmt=True)
"""The date of all answers, so that those to equal requests are equal in each run of a process."""
READ = lru_cache(maxsize=2048)(wire.read)
"""`wire.read` for answers that most runs get."""


def add_named(app: MockApp, settings: Settings) -> None:
    """Create the batches that the settings name."""
    projects = {BatchState.FOREIGN: app.settings.foreign_project_id}
    app.store.add(
        [
            Batch(batch_id, projects.get(state, app.settings.project_id), BatchStatus(STATUSES[state]))
            for state, ids in settings.jobs.items()
            for batch_id in ids
        ]
    )


class WireError(Exception):
    """The mock sends something other than well-formed HTTP, which needs a socket."""


class DirectTransport:
    """Hands requests to a mock and returns its answers.

    Attributes:
        sent: Number of requests so far.
    """

    def __init__(self, app: MockApp) -> None:
        """Send to this mock."""
        self._app = app
        self._times: Counter[Request] = Counter()
        self._counting = Lock()
        self._threads = ThreadPoolExecutor(max_workers=16)
        self.sent = 0

    def close(self) -> None:
        """End the threads that send simultaneous requests."""
        self._threads.shutdown()

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Send the requests at the same time, each as on a new connection."""
        if len(requests) == 1:
            return [self._send(requests[0], repeatable=repeatable)]
        return list(self._threads.map(partial(self._send, repeatable=repeatable), requests))

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Send the requests one after another, as on one connection while the mock keeps it open."""
        outcomes: list[Outcome] = []
        number = 1
        for request in requests:
            pipelined = request.form is not None and request.form.pipelined
            if outcomes and number == 1 and pipelined:
                outcomes.append(TransportFailure("protocol", RESET))
                continue
            outcomes.append(self._send(request, number, repeatable=repeatable and not pipelined))
            closed = isinstance(outcomes[-1], Response) and "close" in outcomes[-1].values("Connection")
            number = 1 if closed else number + 1
        return outcomes

    def _send(self, request: Request, number: int = 1, *, repeatable: bool) -> Outcome:
        """Send a request, again if the real transport would; without its pauses, as the mock does not measure them."""
        put_off: Response | None = None
        for _ in range(RETRIES + 1):
            self.sent += 1
            outcome = self._exchange(request, number)
            if isinstance(outcome, TransportFailure):
                break
            outcome = replace(outcome, put_off=put_off)
            if not was_not_processed(outcome.status, outcome.body):
                break
            put_off = put_off or outcome
            if not repeatable:
                break
        return outcome

    def _exchange(self, request: Request, number: int) -> Outcome:
        try:
            received = replace(_received(request, number), id=self._id(request))
        except (UnicodeEncodeError, ValueError, h11.LocalProtocolError) as error:
            return TransportFailure("unsendable", str(error))
        if request.form is not None and request.form.announced and not received.oversized:
            return TransportFailure("unsendable", WITHHELD)
        answer = self._app.answer(received)
        if answer.wire is not None:
            raise WireError(f"the answer to {request.method} {request.target} needs a socket")
        sent = _headers(answer, closing=_closes(request))
        framed = answer.status == HTTPStatus.NO_CONTENT or _is_chunked(sent)
        if not framed and (b"content-length", str(len(answer.body)).encode()) not in sent:
            raise WireError(f"the length of the answer to {request.method} {request.target} is wrong")
        try:
            body = b"" if request.method == "HEAD" else decode(answer.body, codings(sent))
        except TooLargeError as error:
            return TransportFailure("too-large", str(error))
        except CodingError as error:
            return TransportFailure("protocol", str(error))
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent)
        return Response(answer.status, headers, body, wire=_read(request.method, answer, sent))

    def _id(self, request: Request) -> str:
        """Return the ID of a request, which no other request has; a run that sends the same gets the same IDs."""
        with self._counting:
            self._times[request] += 1
            number = self._times[request]
        return hashlib.sha256(f"{request} {number}".encode(errors="surrogatepass")).hexdigest()[:32]


def _closes(request: Request) -> bool:
    """Return whether the server closes the connection after the answer."""
    options = ",".join(request.values("Connection")).lower()
    return "close" in options or (request.form is not None and request.form.version == "1.0")


def _headers(answer: Answer, *, closing: bool) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer as the server sends them."""
    fields = [("date", DATE), SERVER_HEADER, *answer.headers]
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields]
    if _is_chunked(headers):  # h11 frames the content and writes this name itself
        headers = [(CHUNKED[0] if name == CHUNKED[0].lower() else name, value) for name, value in headers]
    elif answer.status != HTTPStatus.NO_CONTENT and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    if closing and not _announces_close(headers):
        headers.append((b"Connection", b"close"))
    return headers


def _read(method: str, answer: Answer, headers: list[tuple[bytes, bytes]]) -> wire.Wire:
    """Return the message as the server sends it; the mock decides on its head alone, so its chunks are left out."""
    lines = [f"HTTP/1.1 {answer.status} ".encode(), *(b"%b: %b" % field for field in headers)]
    content = b"" if method == "HEAD" else b"0\r\n\r\n" if _is_chunked(headers) else answer.body
    message = b"\r\n".join((*lines, b"", content))
    return READ(message, method, ended=_announces_close(headers), early=True)


def _announces_close(headers: list[tuple[bytes, bytes]]) -> bool:
    return any((name.lower(), value) == (b"connection", b"close") for name, value in headers)


def _is_chunked(headers: list[tuple[bytes, bytes]]) -> bool:
    return any((name.lower(), value) == (CHUNKED[0].lower(), CHUNKED[1]) for name, value in headers)


@lru_cache(maxsize=2048)  # of one run; the next one sends most of it again
def _received(request: Request, number: int) -> ReceivedRequest:
    """Return the request as the mock receives it, without an ID; raises like httpx and h11 if it cannot be sent."""
    form = request.form or Form()
    kept = len(request.headers) - form.trailing  # the mock ignores trailers
    headers = [(name.encode(), value.strip(" \t").encode()) for name, value in request.headers[:kept]]
    if form.framing in ("chunked", "annotated"):
        headers.append(CHUNKED)
    body = b"" if form.framing == "none" else request.body
    message = httpx.Request(request.method, ORIGIN, headers=headers, content=body)
    if form.framing == "none":
        del message.headers["Content-Length"]
    event = h11.Request(
        method=request.method.encode("ascii"), target=request.target.encode("ascii"), headers=message.headers.raw
    )
    path, _, query = event.target.partition(b"?")
    raw = event.headers.raw_items()
    return ReceivedRequest(
        method=request.method,
        path=path,
        query=query,
        headers=tuple(event.headers),
        body=body,
        oversized=max(len(body), form.announced) > BODY_LIMIT,
        id="",
        names=tuple(name for name, _ in raw),
        number=number,
        pipelined=form.pipelined,
        version=form.version,
        absolute=form.absolute,
    )


@contextmanager
def connecting(mock: MockSettings, settings: Settings) -> Iterator[Connection]:
    """Connect to a new mock in this process. Without its control interface, it has the batches of the settings."""
    app = MockApp(mock)
    transport = DirectTransport(app)
    try:
        connection = embedded_connection(app, transport, settings, name="a mock in this process")
        if not mock.control:
            add_named(app, settings)
            account = replace(
                connection.account, foreign_token=settings.foreign_token, expired_token=settings.expired_token
            )
            connection = replace(connection, account=account, provider=None)
        yield connection
    finally:
        transport.close()
        app.close()
