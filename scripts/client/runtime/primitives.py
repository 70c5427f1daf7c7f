"""What asynchronous and blocking code do in different ways, in pairs: names with `async`, and the same without it."""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Generic, TypeVar

from anyio.lowlevel import RunVar
from drs_batch_client.runtime.checks import is_asynchronous

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AsyncLocal", "Local", "called", "called_async", "settled", "settled_async"]

T = TypeVar("T")


class AsyncLocal(Generic[T]):
    """A value of each event loop, of asyncio or trio."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._value: RunVar[T] = RunVar("drs_batch_client.local")

    def get(self) -> T:
        """Return the value of this event loop."""
        try:
            return self._value.get()
        except LookupError:
            value = self._make()
            self._value.set(value)
            return value


class Local(Generic[T]):
    """The one value of all blocking code."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._value = make()

    def get(self) -> T:
        """Return the value."""
        return self._value


async def called_async(function: Callable[[], object]) -> object:
    """Return what a function of the user returns. Unless it is asynchronous, it runs in a worker thread."""
    if is_asynchronous(function):
        return await settled_async(function())
    from anyio import to_thread  # noqa: PLC0415 - takes long to import

    return await settled_async(await to_thread.run_sync(function, abandon_on_cancel=True))


def called(function: Callable[[], object]) -> object:
    """Return what a function of the user returns."""
    return function()


async def settled_async(outcome: object) -> object:
    """Return the outcome of a function that may be asynchronous."""
    return await outcome if isawaitable(outcome) else outcome


def settled(outcome: object) -> object:
    """Return the outcome of a function that is not."""
    return outcome
