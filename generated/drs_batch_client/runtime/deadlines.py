"""The deadline of a call: a limit on all that it does, from its start to the end of the answer.

Each step gets the time that is left, and so does each wait of a connection for octets, since a server may send them one
by one. In an event loop, a cancel scope also ends what has no time limit, such as a hook. It does so a moment later,
since a pool is replaced after a cancellation.
"""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from attrs import define

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from contextlib import AbstractContextManager

__all__ = ["DEADLINE", "SHORTEST", "Deadline", "allows", "bound_stream", "checked", "has_ended", "left", "limit"]

DEADLINE = 600.0
"""Seconds. All attempts with the default time limits, and most pauses, take less."""

SHORTEST = 0.001
"""Least number of seconds of a time limit."""

_NEVER = float("inf")
_MOMENT = 0.05  # seconds
_CURRENT: ContextVar[Deadline | None] = ContextVar("drs_batch_client.deadline", default=None)
_CONNECTED = ("connect_tcp.complete", "start_tls.complete")
"""Ends of the events whose result is a new stream."""

_STEPS = {"read": 1, "write": 1, "start_tls": 2}
"""Methods of a stream of the HTTP library, and the number of their arguments before the time limit."""


@define(eq=False)
class Deadline:
    """The deadline of one call, as a context manager that lasts as long as the call.

    Attributes:
        seconds: Seconds from the start of the call.
        is_too_short: Whether a pause was left out for it after the last request.
    """

    seconds: float = DEADLINE
    is_too_short: bool = False
    _end: float = _NEVER
    _outer: Deadline | None = None

    @property
    def left(self) -> float:
        """The seconds that are left; 0 or less once it has passed."""
        return self._end - time.monotonic()

    @property
    def note(self) -> str:
        """What to add to the reason of an error."""
        has_passed = self.left <= 0
        if not has_passed and not self.is_too_short:
            return ""
        return f"; its deadline of {self.seconds:g} s {'has passed' if has_passed else 'leaves no time for a retry'}"

    @property
    def scope_async(self) -> AbstractContextManager[object]:
        """A cancel scope that raises a TimeoutError once it has passed."""
        return anyio.fail_after(self.left + _MOMENT)

    @property
    def scope(self) -> AbstractContextManager[object]:
        """Nothing, since no cancel scope ends blocking code."""
        return nullcontext()

    def __enter__(self) -> None:
        """Start the call."""
        self._end = time.monotonic() + self.seconds
        self._outer = _CURRENT.get()
        _CURRENT.set(self)

    def __exit__(self, *_: object) -> None:
        """End the call. Tasks that a hook has started, which have its context, then have no deadline."""
        self._end = _NEVER
        _CURRENT.set(self._outer)  # no reset, which fails where another context runs the end of a coroutine


def left() -> float:
    """Return the seconds that the current call has left; infinity if there is none."""
    deadline = _CURRENT.get()
    return _NEVER if deadline is None else deadline.left


def allows(pause: float) -> bool:
    """Return whether the current call has time for a pause in seconds, and note it if not."""
    deadline = _CURRENT.get()
    if deadline is None or pause < deadline.left:
        return True
    deadline.is_too_short = True
    return False


def has_ended() -> bool:
    """Return whether the deadline of the current call has passed, or was too short for a pause."""
    deadline = _CURRENT.get()
    return deadline is not None and bool(deadline.note)


def limit(request: httpx.Request, *, asynchronous: bool = False) -> None:
    """Limit each step of a request to the time that is left.

    Raises:
        httpx.TimeoutException: There is none.
    """
    limits: Mapping[str, float | None] = request.extensions.get("timeout", {})
    remaining = checked()
    deadline = _CURRENT.get()
    if deadline is not None:
        deadline.is_too_short = False  # what a request to IAM had no time for says nothing about this one
    request.extensions = {
        "trace": _bound_stream_async if asynchronous else bound_stream,
        **request.extensions,
        "timeout": {step: _shorter(limits.get(step), remaining) for step in ("connect", "read", "write", "pool")},
    }


def bound_stream(event: str, info: Mapping[str, Any]) -> None:
    """Limit what a new connection does from now on, as a `trace` of the HTTP library."""
    if event.endswith(_CONNECTED):
        stream = info["return_value"]
        with suppress(AttributeError):  # the stream of a network backend of the user may be another
            if iscoroutinefunction(stream.start_tls):
                stream.start_tls = _closing(stream, stream.start_tls)
            for step, number in _STEPS.items():
                setattr(stream, step, _bounded(getattr(stream, step), number))


async def _bound_stream_async(event: str, info: Mapping[str, Any]) -> None:
    bound_stream(event, info)


def checked() -> float:
    """Return the seconds that the current call has left, which may be infinity.

    Raises:
        httpx.TimeoutException: It has none.
    """
    remaining = left()
    if remaining <= 0:
        raise httpx.TimeoutException("there is no time left")
    return remaining


def _closing(stream: Any, start_tls: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:  # noqa: ANN401 - of either HTTP library
    """Return a method that closes its stream if it is cancelled, which that of the HTTP library does not."""

    async def run(*arguments: Any, **others: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return await start_tls(*arguments, **others)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await stream.aclose()
            raise

    return run


def _bounded(step: Callable[..., Any], number: int) -> Callable[..., Any]:
    def run(*arguments: Any, timeout: float | None = None, **others: Any) -> Any:  # noqa: ANN401 - those of any step
        (limit,) = arguments[number:] or (timeout,)
        return step(*arguments[:number], timeout=_shorter(limit, checked()), **others)

    return run


def _shorter(limit: float | None, remaining: float) -> float | None:
    """Return a time limit, or the time that is left if that is less."""
    if limit is not None and limit <= remaining:
        return limit
    return None if remaining == _NEVER else max(remaining, SHORTEST)
