"""Transports: all requests are sent here, with limits on time, rate, retries and size."""

from __future__ import annotations

import functools
import math
import ssl
import time
from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

import anyio
import httpcore
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from conformance.errors import LimitError
from conformance.exchange import retry, wire
from conformance.exchange.exchange import Request, Response, TransportFailure
from conformance.exchange.logs import hide_headers_in_logs
from conformance.target import decoding, octets
from conformance.target.interrupts import deferred_signals
from conformance.target.limits import Limits, Quota

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from conformance.exchange.transport import Outcome

__all__ = ["DryRunTransport", "HttpTransport"]

Arguments = TypeVarTuple("Arguments")
Returned = TypeVar("Returned")

RETRIES = 3
RETRY_SECONDS = 1.0
"""Pause before a retry if the answer has no Retry-After."""
MAX_RETRY_SECONDS = 10.0
"""Longest Retry-After that is waited for."""

CONNECTION_ATTEMPTS = 3
"""Attempts to connect to a target that refuses the connection; nothing has been sent by then."""
CONNECTION_PAUSE_SECONDS = 0.25
"""Pause before the second attempt; the third one waits twice as long."""

METHODS_WITH_CONTENT = ("POST", "PUT", "PATCH")
"""Methods whose requests have a Content-Length even without content (RFC 9110, section 8.6)."""

CLOSED = ("Server disconnected without sending a response.", octets.RESET)
"""Details of the failure if the target closed an idle connection."""


class DryRunTransport:
    """Sends nothing, and counts the requests."""

    def __init__(self) -> None:
        """Start at zero."""
        self.sent = 0

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Count the requests."""
        del repeatable
        self.sent += len(requests)
        return [TransportFailure("not-sent", "dry run: nothing was sent") for _ in requests]

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Count the requests."""
        return self.send(requests, repeatable=repeatable)


class HttpTransport:
    """Sends requests over HTTP/1.1.

    It uses httpcore, which reads no environment and follows no redirect, so the token is not sent to another host. Each
    request has a new connection, since a server may close an idle one at any time, and a commit must not be repeated.
    `send_in_turn` reuses a connection, and after `keep_connections`, so do requests that may be repeated.
    A request is sent again only if the caller allows it and the answer shows that it was not processed: a 429, or a 503
    of the gateway.
    """

    def __init__(
        self,
        base_url: str,
        limits: Limits | Quota,
        *,
        proxy: str | None = None,
        ca_file: Path | None = None,
        sign: Callable[[Request], Request] | None = None,
    ) -> None:
        """Prepare to send.

        Args:
            base_url: URL that is put before the target of each request, with or without a path prefix.
            limits: The limits; as a quota, they are those of all transports that share it.
            proxy: URL of an HTTP proxy to use.
            ca_file: Certificates (PEM) to trust instead of this machine's.
            sign: Signs a request, each time that it is sent; None to send it unchanged.
        """
        hide_headers_in_logs()
        url = httpx.URL(base_url)
        # Without TLS, a context that trusts nobody is enough, and loading certificates is slow.
        plain = url.scheme == "http" and proxy is None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else octets.ssl_context(ca_file)
        self._open = functools.partial(octets.open_pool, context=context, proxy=proxy)
        self._proxied = proxy is not None
        self._sign = sign
        self._url = functools.partial(httpcore.URL, scheme=url.raw_scheme, host=url.raw_host, port=url.port)
        self._scheme, self._host = url.raw_scheme, url.netloc
        self._prefix = url.raw_path.decode().rstrip("/")
        self._quota = limits if isinstance(limits, Quota) else Quota(limits)
        self._limits = self._quota.limits
        self._loop: ExitStack
        self._portal: BlockingPortal
        self._http: httpcore.AsyncConnectionPool
        self._kept: httpcore.AsyncConnectionPool | None = None
        self._dropped = False

    def __enter__(self) -> Self:
        """Start the event loop that all requests share."""
        with ExitStack() as loop:
            with deferred_signals():
                self._portal = loop.enter_context(start_blocking_portal())
            self._http = self._open(connections=None, idle=0)
            self._loop = loop.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections and stop the event loop."""
        try:
            self._call(self._http.aclose)
            self._call(self._release)
        finally:
            with deferred_signals():
                self._loop.__exit__(kind, error, trace)

    def _call(self, function: Callable[[*Arguments], Awaitable[Returned]], *arguments: *Arguments) -> Returned:
        """Call a function in the event loop; cancel it if the caller is interrupted, so that it sends no more."""
        future = self._portal.start_task_soon(function, *arguments)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @property
    def sent(self) -> int:
        """Number of requests sent so far, by all transports that share the quota."""
        return self._quota.sent

    def keep_connections(self) -> None:
        """Send repeatable requests on one connection from now on, unless they are sent at the same time as others.

        If the target has closed it, the request is sent again on a new connection, as are all later requests: a server
        may close an idle connection at any time. Any other failure is the outcome of the request.
        """
        if self._kept is None and not self._dropped:
            self._kept = self._open(connections=1, idle=1)

    async def _release(self) -> None:
        """Close the connection that was kept."""
        if self._kept is not None:
            await self._kept.aclose()
            self._kept = None

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Send the requests at the same time and return their outcomes in order; see `Transport`."""
        return self._call(self._send_all, requests, repeatable)

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        """Send the requests one after another on one connection; see `Transport`.

        A server may close it at any time. A repeatable request is then sent again on another connection.
        What the target sends before a request is taken for its answer. If the first one is pipelined, all are sent at
        once, and none again.
        """
        return self._call(self._send_in_turn, requests, repeatable)

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the budget."""
        self._call(self._limits.pause, seconds)

    async def _send_in_turn(self, requests: Sequence[Request], repeatable: bool) -> list[Outcome]:  # noqa: FBT001 - the portal passes no keywords
        outcomes: list[Outcome] = []
        async with self._open(connections=1, idle=1, guarded=False) as kept:
            if requests[0].form is not None and requests[0].form.pipelined and not self._proxied:
                return await self._send_at_once(requests, kept)
            for request in requests:
                outcome = await self._send(request, kept, repeatable=repeatable)
                if _closed(outcome) and outcomes and repeatable:
                    outcome = await self._send(request, self._http, repeatable=repeatable)
                outcomes.append(outcome)
        return outcomes

    async def _send_at_once(self, requests: Sequence[Request], kept: httpcore.AsyncConnectionPool) -> list[Outcome]:
        """Send all requests before the answer to the first one, and read the answers in turn."""
        messages = [self._message(self._signed(request)) for request in requests]
        octets.join([exchange for _, exchange in messages])
        outcomes: list[Outcome] = []
        rest = b""
        for request, (message, exchange) in zip(requests, messages, strict=True):
            await self._quota.take()
            if outcomes and not kept.connections:
                outcomes.append(TransportFailure("protocol", octets.RESET))
                continue
            exchange.received += rest
            outcomes.append(await self._receive(request, message, exchange, kept, self._limits.timeout))
            rest = outcomes[-1].wire.rest
        return outcomes

    def _signed(self, request: Request) -> Request:
        return self._sign(request) if self._sign else request

    async def _send_all(self, requests: Sequence[Request], repeatable: bool) -> list[Outcome]:  # noqa: FBT001 - likewise
        if self._kept is not None and repeatable and len(requests) == 1 and requests[0].form is None:
            outcome = await self._send(requests[0], self._kept, repeatable=True)
            answered = not _closed(outcome)
            if not answered or outcome.wire.flaws:  # what follows an answer would be taken for the next one
                self._dropped = True
                await self._release()
            if answered:
                return [outcome]
        outcomes: list[Outcome] = [TransportFailure("not-sent", "")] * len(requests)
        exceeded: list[LimitError] = []

        async def send_one(index: int, request: Request) -> None:
            try:
                outcomes[index] = await self._send(request, self._http, repeatable=repeatable, alone=len(requests) == 1)
            except LimitError as error:
                exceeded.append(error)

        async with anyio.create_task_group() as group:
            for index, request in enumerate(requests):
                group.start_soon(send_one, index, request)
        if exceeded:
            raise exceeded[0]
        return outcomes

    async def _send(
        self, request: Request, http: httpcore.AsyncConnectionPool, *, repeatable: bool, alone: bool = True
    ) -> Outcome:
        put_off: Response | None = None
        for _ in range(RETRIES + 1):
            await self._quota.take()
            outcome = await self._exchange(request, http, repeatable=repeatable)
            if isinstance(outcome, TransportFailure):
                break
            outcome = replace(outcome, put_off=put_off)
            if not retry.was_not_processed(outcome.status, outcome.body):
                break
            put_off = put_off or outcome
            seconds = _retry_after(outcome)
            if seconds > MAX_RETRY_SECONDS:
                break
            # A target may put off simultaneous calls without a limit on their rate.
            if alone and seconds and outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._quota.slow_down()
            await self._limits.pause(seconds)  # even without a retry, the target gets the pause it asks for
            if not repeatable or not self._limits.left:
                break
        return outcome

    async def _exchange(self, request: Request, http: httpcore.AsyncConnectionPool, *, repeatable: bool) -> Outcome:
        """Send a request once; connecting is tried again, as the target may be starting or its queue be full.

        The answer to a request that may commit a batch is waited for even if the budget ends meanwhile.
        """
        for attempt in range(CONNECTION_ATTEMPTS):
            await self._limits.pause(CONNECTION_PAUSE_SECONDS * attempt)
            seconds = min(self._limits.timeout, self._limits.left) if repeatable else self._limits.timeout
            outcome = await self._try(self._signed(request), http, seconds)
            if isinstance(outcome, TransportFailure) and outcome.kind == "timeout" and seconds < self._limits.timeout:
                self._limits.check_budget()
            if not isinstance(outcome, TransportFailure) or outcome.kind != "unreachable":
                break
        return outcome

    async def _try(self, request: Request, http: httpcore.AsyncConnectionPool, seconds: float) -> Outcome:
        try:
            message, exchange = self._message(request)
        except (UnicodeEncodeError, ValueError) as error:
            return TransportFailure("unsendable", str(error))
        return await self._receive(request, message, exchange, http, seconds)

    async def _receive(
        self,
        request: Request,
        message: httpcore.Request,
        exchange: octets.Octets,
        http: httpcore.AsyncConnectionPool,
        seconds: float,
    ) -> Outcome:
        """Send a message, and return the outcome of its request."""
        clock = time.perf_counter()
        with octets.kept(exchange):
            try:
                with anyio.fail_after(seconds) as limit:
                    response = await http.handle_async_request(message)
                    try:
                        body = await decoding.read(response)
                        clock, limit.deadline = time.perf_counter() - clock, math.inf
                        if request.form is not None and not request.form.pipelined:
                            await octets.observe(response, request.form.linger)
                    finally:
                        await response.aclose()
            except TimeoutError:
                return TransportFailure("timeout", f"no complete answer within {self._quota.limits.timeout:g} s")
            except decoding.TooLargeError as error:
                return TransportFailure("too-large", str(error))
            except decoding.CodingError as error:
                return TransportFailure("protocol", str(error))
            except octets.ERRORS as error:
                failure = octets.failure(error)
                return replace(failure, wire=_read(request, exchange)) if failure.kind == "protocol" else failure
        return Response(
            status=response.status,
            headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers),
            body=body,
            seconds=clock,
            wire=_read(request, exchange),
        )

    def _message(self, request: Request) -> tuple[httpcore.Request, octets.Octets]:
        """Return the message for httpcore, and what to send instead; raises `ValueError` if it cannot be sent."""
        if request.form is not None and self._proxied:  # a proxy would change the form, or not understand it
            kept = len(request.headers) - request.form.trailing
            request = replace(request, headers=request.headers[:kept], form=None)
        target = (self._prefix + request.target).encode("ascii")
        headers = [(b"Host", self._host), *((name.encode(), value.encode()) for name, value in request.headers)]
        if request.form is None:
            length = (b"Content-Length", b"%d" % len(request.body))
            if request.body:
                headers.append(length)
            elif request.method in METHODS_WITH_CONTENT:
                headers.insert(1, length)
            message = httpcore.Request(request.method, self._url(target=target), headers=headers, content=request.body)
            return message, octets.Octets(None, b"", expecting=False)
        if request.form.absolute:
            target = b"%b://%b%b" % (self._scheme, self._host, target)
        head, content = octets.written(request, target, headers)
        expecting = request.form.version != "1.0" and bool(request.form.announced or request.values("Expect"))
        # httpcore reads the answer to this message, and writes none of it.
        message = httpcore.Request(request.method, self._url(target=b"/"), headers=headers[:1])
        return message, octets.Octets(head, content, expecting=expecting, split=request.form.split)


def _read(request: Request, exchange: octets.Octets) -> wire.Wire:
    return wire.read(
        bytes(exchange.received),
        request.method,
        ended=exchange.ended,
        early=exchange.early,
        pipelined=request.form is not None and request.form.pipelined,
    )


def _closed(outcome: Outcome) -> bool:
    """Return whether a request failed because the target had closed the connection."""
    return isinstance(outcome, TransportFailure) and outcome.detail in CLOSED


def _retry_after(response: Response) -> float:
    """Return the seconds to wait before the next attempt."""
    seconds = retry.retry_after(next(iter(response.values("Retry-After")), ""))
    return RETRY_SECONDS if seconds is None else seconds
