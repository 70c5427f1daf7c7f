"""Uvicorn with the settings of the mock: one given socket, fast start and stop, no output."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
import struct
import threading
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from conformance.mock.answers import ServiceError
from conformance.mock.wire import EXTENSION, End, RawConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from conformance.mock.wire import Transmission

__all__ = ["MockServer", "bind", "url_of"]

SERVER_HEADER = ("Server", "api-gateway")
MESSAGE_SECONDS = 60.0
"""Time that a client has to send a head, from its first octet or the start of the connection, and then for the body."""

KEEP_ALIVE_SECONDS = 75
"""Time between two requests on a connection; longer than the pause of a test client."""

MAX_CONNECTIONS = 500
"""Connections at the same time, above which a further one is closed at once."""

_GRACE_SECONDS = 2.0
# Above the limits of the gateway, so that the gateway refuses and not h11.
_MESSAGE_HEAD_LIMIT = 256 * 1024
_MAX_HEADERS = 4096
# Closing a socket with a linger time of 0 resets the connection.
_LINGER_ZERO = struct.pack("ii", 1, 0)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a host name or address; port 0 takes any free port; raises `OSError`."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_REUSEPORT"):  # without it, SO_REUSEADDR would share a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket for a client on this machine."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host.partition("%")[0]).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _ObservedConnection(h11.Connection):
    """Parses HTTP/1.1, and keeps the facts that uvicorn does not pass on."""

    names: tuple[bytes, ...] = ()
    method = b""
    requests = 0

    def next_event(self) -> Any:  # noqa: ANN401 - as h11 declares it
        event = super().next_event()
        if isinstance(event, h11.Request):
            if len(event.headers) > _MAX_HEADERS:
                raise h11.RemoteProtocolError("too many header fields")
            self.names = tuple(name for name, _ in event.headers.raw_items())
            self.method = event.method
            self.requests += 1
        return event


class _Protocol(H11Protocol):
    """HTTP/1.1, with a documented body in the answer to a malformed message, and limits of time and of connections.

    An application can also send raw octets, through the `RawConnection` in its scope under `EXTENSION`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on unchanged
        super().__init__(*args, **kwargs)
        conn = self.conn = self._observed = _ObservedConnection(h11.SERVER, _MESSAGE_HEAD_LIMIT)
        application = self.app

        async def extended(scope: Scope, receive: Receive, send: Send) -> None:
            pipelined = conn.their_state is h11.DONE and conn.trailing_data[0] != b""
            raw = RawConnection(self.transmit, conn.names, conn.requests, pipelined, self.withhold)
            scope["extensions"] = {EXTENSION: raw}
            await application(scope, receive, send)

        self.app = extended
        self._awaited: tuple[int, object] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time for the first head, or close the connection if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        self._limit_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the time."""
        super().connection_lost(exc)
        self._abort_after(None)
        self._stop_unread()

    def pause_writing(self) -> None:
        """Limit the time for the client to read what waits for it, however many requests it has sent."""
        super().pause_writing()
        self._unread = self.loop.call_later(KEEP_ALIVE_SECONDS, self._reset)

    def resume_writing(self) -> None:
        """Stop that time."""
        super().resume_writing()
        self._stop_unread()

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()

    def handle_events(self) -> None:
        """Handle what has arrived, and start or stop the time for what is awaited next."""
        super().handle_events()
        self._limit_time()

    def on_response_complete(self) -> None:
        """Await the next request; on a connection that closes, limit the time to read the answer."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._abort_after(KEEP_ALIVE_SECONDS)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is not used, and discard what its client has not read of the answer."""
        super().timeout_keep_alive_handler()
        self.transport.abort()

    def _limit_time(self) -> None:
        """Limit the time for each head and each body as a whole, so that single octets cannot extend it."""
        state, requests = self.conn.their_state, self._observed.requests
        in_head = state is h11.IDLE and (requests == 0 or self.conn.trailing_data[0] != b"")
        awaited = (requests, state) if in_head or state is h11.SEND_BODY else None
        if awaited != self._awaited:
            self._awaited = awaited
            self._abort_after(MESSAGE_SECONDS if awaited else None)

    def _abort_after(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._reset)

    def withhold(self) -> None:
        """Send no 100 for the current request."""
        self.cycle.waiting_for_100_continue = False

    async def transmit(self, transmission: Transmission) -> None:
        """Send octets unchanged until the client disconnects, and then end the connection as requested."""
        for octets in transmission.chunks:
            self.transport.write(octets)
            await self.flow.drain()
            await asyncio.sleep(transmission.pause)
            if self.transport.is_closing():
                return
        if transmission.end is End.CLOSE:
            self.transport.close()
        elif transmission.end is End.RESET:
            self._reset()

    def _reset(self) -> None:
        """Reset the connection, so that the operating system keeps nothing for it either."""
        connection: socket.socket = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer a message that cannot be parsed, and close the connection.

        The documentation does not cover this case. The answer has the body of the one documented 400.
        """
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            request_id = uuid.uuid4().hex
            answer = ServiceError("DRS.10000009", f"Parameter error: {msg}").answer(request_id)
            headers = [
                *self.server_state.default_headers,
                *((name.encode(), value.encode()) for name, value in answer.headers),
                (b"X-Request-Id", request_id.encode()),
                (b"Content-Length", str(len(answer.body)).encode()),
                (b"Connection", b"close"),
            ]
            reason = HTTPStatus(answer.status).phrase.encode()
            response = h11.Response(status_code=answer.status, headers=headers, reason=reason)
            # In the state IDLE, the head itself is malformed.
            bare = self.conn.our_state is h11.SEND_RESPONSE and self._observed.method == b"HEAD"
            for event in (response, h11.Data(data=b"" if bare else answer.body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class MockServer(uvicorn.Server):
    """Serves an application on one listening socket until `stop` is called."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        """Store the application, and the function to call as soon as requests are accepted."""
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=_Protocol,
                ws="none",
                interface="asgi3",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                headers=[SERVER_HEADER],
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                h11_max_incomplete_event_size=_MESSAGE_HEAD_LIMIT,
            )
        )
        self._ready = ready
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Stop serving; may be called from any thread, and from a signal handler."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: already stopped
                self._loop.call_soon_threadsafe(self._stopping.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and call `ready`."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._ready()

    async def main_loop(self) -> None:
        """Serve, and update the Date header every second; unlike uvicorn's loop, this one stops at once."""
        while not self._stopping.is_set():
            await self.on_tick(0)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the active requests, for at most two seconds, and close; unlike uvicorn's, without idle waits."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for _ in range(3):  # closed transports notify their protocols in the next iterations of the loop
            await asyncio.sleep(0)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on Ctrl-C and SIGTERM; unlike uvicorn's, this does not raise the signal again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        previous = {number: signal.signal(number, lambda _number, _frame: self.stop()) for number in signals}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
