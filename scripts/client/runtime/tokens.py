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

logger = logging.getLogger("drs_batch_client")


@frozen
class IssuedToken:
    """A token, and for how long it is valid from the time of asking on."""

    value: str = field(repr=False)
    life: timedelta


@frozen
class _State:
    """What is known at one time; it is replaced as a whole, so that threads need no lock to read it."""

    attempts: int = 0
    value: str | None = field(default=None, repr=False)
    due: datetime | None = None
    end: datetime | None = None
    failure: DrsError | None = None
    paused_until: datetime | None = None


class TokenCache:
    """The token of one user in one project.

    Attributes:
        known: All values that it had: what must not be shown.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._state = _State()
        self._lock = threading.Lock()
        self._loop_lock: RunVar[anyio.Lock] = RunVar("drs_batch_client.token")
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
            with self._lock:
                if self._may_fetch(seen):
                    now = self._clock()
                    try:
                        self._keep(now, fetch())
                    except DrsError as error:
                        self._fail(now, error)
        return self._outcome(rejected)

    async def get_async(self, fetch: Callable[[], Awaitable[IssuedToken]], *, rejected: str | None = None) -> str:
        """Do the same in an event loop."""
        seen = self._state.attempts
        if not self._is_fresh(rejected):
            async with self._lock_of_the_loop():
                if self._may_fetch(seen):
                    now = self._clock()
                    try:
                        self._keep(now, await fetch())
                    except DrsError as error:
                        self._fail(now, error)
        return self._outcome(rejected)

    def _lock_of_the_loop(self) -> anyio.Lock:
        try:
            return self._loop_lock.get()
        except LookupError:
            lock = anyio.Lock()
            self._loop_lock.set(lock)
            return lock

    def _is_fresh(self, rejected: str | None) -> bool:
        state = self._state
        return state.value not in (None, rejected) and state.due is not None and self._clock() < state.due

    def _may_fetch(self, seen: int) -> bool:
        # Whoever had to wait for the lock takes what came of the attempt that it waited for, be it a failure.
        state = self._state
        return state.attempts == seen and (state.paused_until is None or self._clock() >= state.paused_until)

    def _keep(self, now: datetime, token: IssuedToken) -> None:
        life = min(token.life, LIFE)
        end = now + life
        self.known = tuple(dict.fromkeys((*self.known, token.value)))
        self._state = _State(self._state.attempts + 1, token.value, end - min(_RENEWAL, life / 10), end)
        logger.debug("IAM has issued a token that is valid for %s", life)

    def _fail(self, now: datetime, error: DrsError) -> None:
        state = self._state
        valid = state.end is not None and now < state.end
        # IAM locks a user after several failures; and while there is a valid token, nothing is urgent.
        pause = now + _PAUSE if valid or isinstance(error, AuthenticationError) else None
        self._state = evolve(state, attempts=state.attempts + 1, failure=error, paused_until=pause)
        logger.warning("IAM has issued no token: %s", error)

    def _outcome(self, rejected: str | None) -> str:
        state = self._state
        expired = state.end is None or self._clock() >= state.end
        if state.failure is not None and (expired or state.value == rejected):
            # A copy, since each caller adds its own traceback.
            raise copy.copy(state.failure)
        if state.value is None:
            raise AssertionError("an attempt leaves a token or a failure")
        return state.value
