"""The state of a token or access key that is requested once for all callers."""

from __future__ import annotations

import copy
import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import anyio
from attrs import evolve, frozen
from drs_batch_client.runtime import deadlines
from drs_batch_client.runtime.auth import ProjectAuth
from drs_batch_client.runtime.delivery import Delivery
from drs_batch_client.runtime.errors import AuthenticationError, DrsError
from drs_batch_client.runtime.iam import Held, is_pausing
from drs_batch_client.runtime.primitives import AsyncLocal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime

    import httpx
    from drs_batch_client.runtime.tokens import TokenCache

__all__ = ["Cache", "CachedAuth", "Issued"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_KNOWN = 100

logger: logging.Logger = logging.getLogger("drs_batch_client")


@frozen
class _Failure:
    error: DrsError
    moment: datetime


class Issued(Protocol[T_co]):
    """A token or an access key that was requested."""

    def hold(self, requested: datetime) -> Held[T_co]:
        """Return it with its times; `requested` is when it was requested."""
        ...


@frozen
class _State(Generic[T]):
    """The state of a cache. It is replaced as a whole, so that threads can read it without a lock."""

    attempts: int = 0
    held: Held[T] | None = None
    failure: _Failure | None = None


class Cache(Generic[T]):
    """A token or an access key, and the locks of its callers. A copy or pickle of it is empty.

    Attributes:
        known: The last 100 tokens or keys, which must not be shown.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._state = _State[T]()
        # By process, since a fork keeps those locked that are. Callers in event loops have others, since blocking
        # code that runs in the loop would wait forever for a task of it.
        self._locks: dict[tuple[str, int], threading.Lock] = {}
        self._locks_of_loops = AsyncLocal(anyio.Lock)
        self.known: tuple[T, ...] = ()

    def __reduce__(self) -> tuple[type[Cache[T]], tuple[Callable[[], datetime]]]:
        """Leave out the locks, which belong to this process."""
        return type(self), (self._clock,)

    @contextmanager
    def _turn(self) -> Generator[None, None, None]:
        """Wait until no other blocking caller requests a token."""
        lock = self._lock("fetching")
        if not lock.acquire(timeout=max(0, min(deadlines.left(), threading.TIMEOUT_MAX))):
            raise TimeoutError("another call is still requesting the token")
        try:
            yield
        finally:
            lock.release()

    def _turn_async(self) -> anyio.Lock:
        return self._locks_of_loops.get()

    def _lock(self, name: str) -> threading.Lock:
        # dict.setdefault is atomic.
        return self._locks.setdefault((name, os.getpid()), threading.Lock())

    def _is_fresh(self, rejected: T | None) -> bool:
        held = self._state.held
        return held is not None and held.value != rejected and self._clock() < held.due

    def _is_valid(self, held: Held[T] | None, rejected: T | None) -> bool:
        return held is not None and held.value != rejected and self._clock() < held.end

    def _may_fetch(self, seen: int, rejected: T | None) -> bool:
        state = self._state
        # A caller that waited for the lock uses the outcome of the attempt it waited for, even a failure.
        if state.attempts != seen:
            return False
        failure = state.failure
        if failure is None or not is_pausing(failure.moment, self._clock()):
            return True
        return not (isinstance(failure.error, AuthenticationError) or self._is_valid(state.held, rejected))

    def _keep(self, token: Issued[T], requested: datetime) -> None:
        held = token.hold(requested)
        with self._lock("changing"):
            self.known = tuple(dict.fromkeys((*self.known, held.value)))[-_KNOWN:]
            self._state = _State(self._state.attempts + 1, held)
        logger.debug("there are new credentials, which are valid for %s", held.end - requested)

    def _fail(self, error: DrsError, rejected: T | None) -> None:
        is_valid = self._is_valid(self._state.held, rejected)
        if not is_valid and deadlines.has_ended() and not isinstance(error, AuthenticationError):
            raise Delivery.failed(error)  # to this caller alone, since others have more time
        with self._lock("changing"):
            failure = _Failure(error, self._clock())
            self._state = evolve(self._state, attempts=self._state.attempts + 1, failure=failure)
        # An error of a provider may have any text, with secrets that are not known.
        logger.warning("the credentials were not renewed: %s", type(error.__cause__ or error).__name__)

    def _outcome(self, rejected: T | None) -> T:
        state = self._state
        if state.failure is not None and not self._is_valid(state.held, rejected):
            error = state.failure.error
            # A copy, since each caller adds its own traceback.
            raise Delivery.failed(copy.copy(error)) from error.__cause__
        if state.held is None:
            raise AssertionError("no token and no failure after an attempt")
        return state.held.value


class CachedAuth(ProjectAuth, Generic[T]):
    """Base class of credentials with a token or an access key that is renewed."""

    _signs = False
    """Whether each attempt is signed anew, so that one with the same key would be rejected again."""

    @property
    def _cache(self) -> TokenCache[T]:
        raise NotImplementedError

    def _add(self, request: httpx.Request, token: T) -> None:
        raise NotImplementedError
