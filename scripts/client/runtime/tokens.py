"""One token that many callers use, and that is fetched once for all of them."""

from __future__ import annotations

import copy
import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import RunVar
from attrs import evolve, field, frozen
from drs_batch_client.runtime.errors import AuthenticationError, DrsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["LIFE", "IssuedToken", "TokenCache"]

LIFE = timedelta(hours=24)
"""That of IAM's tokens; whatever is said to live longer is renewed as well."""

_RENEWAL = timedelta(minutes=5)
_PAUSE = timedelta(minutes=1)
_KNOWN = 100

logger: logging.Logger = logging.getLogger("drs_batch_client")


@frozen
class IssuedToken:
    """A token, and for how long it is valid from the time of asking on."""

    value: str = field(repr=False)
    life: timedelta


@frozen
class _Held:
    value: str = field(repr=False)
    due: datetime
    end: datetime


@frozen
class _Failure:
    error: DrsError
    moment: datetime


@frozen
class _State:
    """What is known at one time; it is replaced as a whole, so that threads need no lock to read it."""

    attempts: int = 0
    held: _Held | None = None
    failure: _Failure | None = None


class TokenCache:
    """The token of one user in one project.

    Attributes:
        known: The last 100 values that it had: what must not be shown.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._state = _State()
        self._changing = threading.Lock()
        # Separate, since blocking code that runs in an event loop would wait for ever for a task of that loop.
        self._fetching = threading.Lock()
        self._fetching_in_a_loop: RunVar[anyio.Lock] = RunVar("drs_batch_client.token")
        self.known: tuple[str, ...] = ()

    def get(self, fetch: Callable[[], IssuedToken], *, rejected: str | None = None) -> str:
        """Return a token that is valid, by fetching one if need be.

        Args:
            fetch: Fetches a token; raises `DrsError`.
            rejected: A token that was not accepted although it should be valid.

        Raises:
            DrsError: There is none.
        """
        seen = self._state.attempts
        if not self._is_fresh(rejected):
            with self._fetching:
                if self._may_fetch(seen, rejected):
                    asked = self._clock()
                    try:
                        token = fetch()
                    except DrsError as error:
                        self._fail(error)
                    else:
                        self._keep(token, asked)
        return self._outcome(rejected)

    async def get_async(self, fetch: Callable[[], Awaitable[IssuedToken]], *, rejected: str | None = None) -> str:
        """Do the same in an event loop."""
        seen = self._state.attempts
        if not self._is_fresh(rejected):
            async with self._lock_of_the_loop():
                if self._may_fetch(seen, rejected):
                    asked = self._clock()
                    try:
                        token = await fetch()
                    except DrsError as error:
                        self._fail(error)
                    else:
                        self._keep(token, asked)
        return self._outcome(rejected)

    def _lock_of_the_loop(self) -> anyio.Lock:
        try:
            return self._fetching_in_a_loop.get()
        except LookupError:
            lock = anyio.Lock()
            self._fetching_in_a_loop.set(lock)
            return lock

    def _is_fresh(self, rejected: str | None) -> bool:
        held = self._state.held
        return held is not None and held.value != rejected and self._clock() < held.due

    def _is_good(self, held: _Held | None, rejected: str | None) -> bool:
        return held is not None and held.value != rejected and self._clock() < held.end

    def _may_fetch(self, seen: int, rejected: str | None) -> bool:
        state = self._state
        # Whoever had to wait for the lock takes what came of the attempt that it waited for, be it a failure.
        if state.attempts != seen:
            return False
        failure = state.failure
        if failure is None or not timedelta() <= self._clock() - failure.moment < _PAUSE:
            return True
        # IAM locks a user after several failures; and while there is a good token, nothing is urgent.
        return not (isinstance(failure.error, AuthenticationError) or self._is_good(state.held, rejected))

    def _keep(self, token: IssuedToken, asked: datetime) -> None:
        life = min(token.life, LIFE)
        end = asked + life
        held = _Held(token.value, end - min(_RENEWAL, life / 10), end)
        with self._changing:
            self.known = tuple(dict.fromkeys((*self.known, token.value)))[-_KNOWN:]
            self._state = _State(self._state.attempts + 1, held)
        logger.debug("IAM has issued a token that is valid for %s", life)

    def _fail(self, error: DrsError) -> None:
        with self._changing:
            failure = _Failure(error, self._clock())
            self._state = evolve(self._state, attempts=self._state.attempts + 1, failure=failure)
        logger.warning("IAM has issued no token: %s", error)

    def _outcome(self, rejected: str | None) -> str:
        state = self._state
        if state.failure is not None and not self._is_good(state.held, rejected):
            error = state.failure.error
            # A copy, since each caller adds its own traceback.
            raise copy.copy(error) from error.__cause__
        if state.held is None:
            raise AssertionError("an attempt leaves a token or a failure")
        return state.held.value
