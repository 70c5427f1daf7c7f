"""When a request is retried: if it was certainly not processed.

The library httpx-retries is not used: it decides by the status alone, so that it would retry a request after any 503,
even one of the service. And it does not support httpx2.
"""

from __future__ import annotations

import logging
import random
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
from attrs import field, frozen
from drs_batch_client.runtime import retry
from drs_batch_client.runtime.causes import described, request_of
from drs_batch_client.runtime.checks import check_attempts, check_number

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ONCE", "SIGN_AGAIN", "Retries", "log_retry", "own", "sign_again", "was_not_processed"]

SIGN_AGAIN = "drs_sign_again"
"""The extension of a request with the function that signs it."""

_TRANSIENT = (httpx.ConnectError, httpx.ConnectTimeout)

logger: logging.Logger = logging.getLogger("drs_batch_client")


@frozen(kw_only=True)
class Retries:
    """When to retry a request that was certainly not processed.

    A request is retried if no connection could be made, or the answer is a 429 or a 503 of the gateway. It is not
    retried after a time-out on a connection, a broken connection or any other answer, or if the deadline of the call
    would pass first.

    Attributes:
        attempts: Greatest number of attempts, 1 or more.
        wait: Longest wait before the second attempt, in seconds. It doubles with each further attempt. The actual wait
            is random, so that many clients do not retry at the same moment.
        longest: Longest wait of all, in seconds. If the answer asks for a longer one, the request is not retried.

    Raises:
        TypeError: A value is not a number.
        ValueError: A number is out of range.
    """

    attempts: int = field(default=4)
    wait: float = field(default=1.0)
    longest: float = field(default=60.0)

    def __attrs_post_init__(self) -> None:
        """Check the numbers."""
        check_attempts(self.attempts)
        check_number("wait", self.wait)
        check_number("longest", self.longest)

    def pause(self, attempt: int, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """Return the seconds to wait before the next attempt; None if there should not be one.

        Args:
            attempt: Number of the previous attempt, from 1.
            outcome: Its outcome. The body of an answer with status 503 must have been read.
        """
        if attempt >= self.attempts or not was_not_processed(outcome):
            return None
        if isinstance(outcome, httpx.Response):
            requested = retry.retry_after(outcome.headers.get("Retry-After", ""))
            if requested is not None:
                return requested if requested <= self.longest else None
        return random.uniform(0, min(self.longest, self.wait * 2 ** (attempt - 1)))  # noqa: S311 - not a secret


ONCE = Retries(attempts=1)
"""No retries."""


def sign_again(request: httpx.Request) -> object:
    """Sign a request with the time and key of its next attempt, if its credentials do so; may return an awaitable."""
    sign: Callable[[httpx.Request], object] | None = request.extensions.get(SIGN_AGAIN)
    return None if sign is None else sign(request)


def own(error: httpx.TransportError, request: httpx.Request) -> httpx.TransportError:
    """Return an error of a request; if it is of another one, which a transport sent besides, one that shows nothing."""
    if request_of(error) in (None, request):
        return error
    return httpx.TransportError(f"another request of the transport failed: {described(error)}")


def was_not_processed(outcome: httpx.Response | httpx.TransportError) -> bool:
    """Return whether a request was certainly not processed, by its outcome as `Retries.pause` takes it."""
    if isinstance(outcome, httpx.Response):
        # Only the body of a 503 has been read.
        body = outcome.content if outcome.status_code == HTTPStatus.SERVICE_UNAVAILABLE else b""
        return retry.was_not_processed(outcome.status_code, body)
    return isinstance(outcome, _TRANSIENT) and not _is_untrusted(outcome)


def _is_untrusted(error: BaseException | None) -> bool:
    """Return whether a certificate was rejected, which a retry would not change."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def log_retry(
    request: httpx.Request, attempt: int, outcome: httpx.Response | httpx.TransportError, pause: float
) -> None:
    """Log the outcome of an attempt, and the seconds until the next one."""
    reason = outcome.status_code if isinstance(outcome, httpx.Response) else type(outcome).__name__
    logger.info("%s %s: attempt %d: %s; retry in %.1f s", request.method, request.url.path, attempt, reason, pause)
