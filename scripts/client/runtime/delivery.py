"""How far the request of a call has come: the one place that knows whether a connection may have got it."""

from __future__ import annotations

from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from attrs import define
from drs_batch_client.runtime import deadlines
from drs_batch_client.runtime.errors import DrsError
from drs_batch_client.runtime.responses import head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ["OTHER", "Delivery"]

E = TypeVar("E", bound=DrsError)

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Errors which show that the request was not sent. LocalProtocolError does not: with HTTP/2 it may come later."""

_UNPROCESSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)
"""Statuses which show by themselves that the request was not processed."""

_EXTENSION = "drs_call"

OTHER: Mapping[str, object] = {_EXTENSION: None}
"""The extensions of a request that is sent during a call, and is not that of the call."""

_CONNECTING = ("connection.", "proxy.", "socks.")
_CURRENT: ContextVar[Delivery | None] = ContextVar("drs_batch_client.delivery", default=None)


@define(eq=False)
class Delivery:
    """The delivery of the request of one call, as a context manager that lasts as long as the call.

    The request has it as an extension, which tells it from any other. A hook or an `httpx.Auth` may replace the request
    or its extensions: so any with the method of the call counts as that of the call, unless it is an `OTHER`.

    Attributes:
        method: The method of the request.
        handed: Whether a connection may have got a part of the request, except in attempts that were certainly not
            processed. None if only the kind of an error can show it: a transport has the request, and the HTTP library
            has not yet reported what it does. A transport that is not a network reports nothing.
        attempts: How often a transport got the request. An `http_client` of the user may have sent it more often.
        request_id: ID of the request in the head of the last answer; empty if there is none.
        rejection: The head of the last answer, if it shows that the request was not processed.
        failure: The error of its credentials that ends the call; None if there is none.
    """

    method: str = ""
    handed: bool | None = False
    attempts: int = 0
    request_id: str = ""
    rejection: httpx.Response | None = None
    failure: DrsError | None = None
    _is_counted: bool = True
    _was_processed: bool = False
    _outer: Delivery | None = None

    @classmethod
    def of(cls, request: httpx.Request | None) -> Delivery | None:
        """Return the delivery of a request; None if it is not that of a call."""
        return None if request is None else request.extensions.get(_EXTENSION)

    @classmethod
    def entering(cls, request: httpx.Request, *, asynchronous: bool = False) -> Delivery | None:
        """Return the delivery of a request that a transport gets; None if it is not that of a call."""
        current = _CURRENT.get()
        named = request.extensions.get(_EXTENSION, current)
        if current is None or named is None or request.method != current.method:
            return cls.of(request)
        if cls.of(request) is not current:  # it has no extension, or that of an earlier call
            own = current.extensions(asynchronous=asynchronous)
            request.extensions = {**own, **request.extensions, _EXTENSION: current}
        return current

    def __enter__(self) -> None:
        """Start the call."""
        self._outer = _CURRENT.get()
        _CURRENT.set(self)

    def __exit__(self, *_: object) -> None:
        """End the call."""
        _CURRENT.set(self._outer)

    def extensions(self, *, asynchronous: bool) -> dict[str, Any]:
        """Return the extensions of the request, for `httpx.Client.build_request`."""
        return {_EXTENSION: self, "trace": self._trace_async if asynchronous else self._trace}

    def enter(self, request: httpx.Request, *, counts: bool = True) -> None:
        """Note that a transport gets the request, and follow it there, even if a hook follows it, too.

        Args:
            request: The request.
            counts: Whether the transport notes each attempt; it may still do so otherwise.
        """
        self.attempts += self._is_counted
        self._is_counted = counts
        self.request_id = ""
        self._again()
        self.handed = self._was_processed or None
        ours: tuple[Callable[..., Any], ...] = (self._trace, self._trace_async)
        theirs = request.extensions.get("trace")
        if theirs is not None and theirs not in ours:
            request.extensions = {**request.extensions, "trace": self._both(theirs)}

    def answered(self, status: int, headers: httpx.Headers, *, unprocessed: bool = False) -> None:
        """Note that the head of an answer has come, and whether its body shows that the request was not processed."""
        self.request_id = headers.get("X-Request-Id", "")
        self.handed = self._was_processed or not (unprocessed or status in _UNPROCESSED)
        self.rejection = None if self.handed else head(status, headers)

    @classmethod
    def note(cls, request: httpx.Request, response: httpx.Response) -> None:
        """Note the head of an answer, whose body has not come, if the request is that of a call."""
        delivery = cls.of(request)
        if delivery is not None:
            delivery.answered(response.status_code, response.headers)

    @staticmethod
    def failed(error: E) -> E:
        """Note that an error of its credentials ends the current call, if there is one, and return the error."""
        current = _CURRENT.get()
        if current is not None:
            current.failure = error
        return error

    def was_sent(self, error: Exception, *, about: httpx.Request | None) -> bool:
        """Return whether the request may have been sent.

        Args:
            error: What ended the call.
            about: The request that the error is about, which may be another one; None if that is not known.
        """
        if self.handed is not None:
            return self.handed
        return not (isinstance(error, _NOT_SENT) and Delivery.of(about) is self)

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        deadlines.bound_stream(event, info)
        if event.endswith("send_request_headers.started"):
            self._again()
            self.handed = self._was_processed
            deadlines.checked()
            # A proxy gets a request of its own first, which opens the tunnel.
            is_tunnel = getattr(info.get("request"), "method", b"") == b"CONNECT"
            self.handed = self.handed or not is_tunnel
        elif event.endswith("receive_response_headers.complete") and self.handed:
            # The version, status, reason phrase and headers of HTTP/1.1, or the status and headers of HTTP/2.
            status = next(part for part in info["return_value"] if isinstance(part, int))
            self.answered(status, httpx.Headers(info["return_value"][-1]))
        elif self.handed is None and event.startswith(_CONNECTING):
            self.handed = False

    def _again(self) -> None:
        """Note that the request is sent once more, which an answer to the next attempt does not undo."""
        self._was_processed = self._was_processed or bool(self.handed)
        self.rejection = None

    async def _trace_async(self, event: str, info: Mapping[str, Any]) -> None:
        self._trace(event, info)

    def _both(self, theirs: Callable[[str, Mapping[str, Any]], Awaitable[None] | None]) -> Callable[..., Any]:
        def trace(event: str, info: Mapping[str, Any]) -> Awaitable[None] | None:
            self._trace(event, info)
            return theirs(event, info)

        return trace
