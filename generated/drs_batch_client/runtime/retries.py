"""Retries as a transport, of what certainly had no effect.

The library httpx-retries would be the choice, but it decides by the status before it looks at the body, so that any 503
would be repeated, whoever sent it; and it is for httpx alone.
"""

from __future__ import annotations

import json
import logging
import random
import ssl
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import anyio
import httpx
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["NOT_SENT", "AsyncRetryTransport", "Retries", "RetryTransport", "is_gateway_refusal", "retry_after"]

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Errors after which the request certainly was not sent. LocalProtocolError is none: with HTTP/2 it may come later."""

_WORTH_REPEATING = (httpx.ConnectError, httpx.ConnectTimeout)
_GATEWAY = ("APIGW.", "APIG.")

logger: logging.Logger = logging.getLogger("drs_batch_client")


@frozen(kw_only=True)
class Retries:
    """How often and when a request is sent again that certainly had no effect.

    That is: no connection came about, the answer is 429, or it is a 503 in the gateway's own words. Nothing else is
    repeated: not after a time-out, and not if the connection breaks.

    Attributes:
        attempts: How often a request is sent at most, 1 or more.
        wait: Seconds before the second attempt at most; twice as many before each further one. The time is drawn at
            random, so that many clients do not come back at once.
        longest: Seconds to wait at most. Where the answer asks for more, it is not waited for, and the call ends.

    Raises:
        ValueError: A number is out of its range.
    """

    attempts: int = field(default=4)
    wait: float = field(default=1.0)
    longest: float = field(default=60.0)

    def __attrs_post_init__(self) -> None:
        """Check the numbers."""
        if self.attempts < 1 or self.wait < 0 or self.longest < 0:
            raise ValueError("attempts must be 1 or more, wait and longest 0 or more")

    def pause(self, attempt: int, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """Return the seconds to wait before the next attempt; None if there is to be none.

        Args:
            attempt: Number of the attempt that has been made, from 1 on.
            outcome: What came of it; of an answer with status 503, the body has been read.
        """
        if attempt >= self.attempts or not _had_no_effect(outcome):
            return None
        asked = retry_after(outcome) if isinstance(outcome, httpx.Response) else None
        if asked is not None:
            return asked if asked <= self.longest else None
        return random.uniform(0, min(self.longest, self.wait * 2 ** (attempt - 1)))  # noqa: S311 - no secret


class RetryTransport(httpx.BaseTransport):
    """Sends each request by another transport, and again as `Retries` says."""

    def __init__(
        self, transport: httpx.BaseTransport, retries: Retries, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._transport = transport
        self._retries = retries
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the last answer or error is the outcome."""
        for attempt in count(1):
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = self._transport.handle_request(request)
            except httpx.TransportError as error:
                outcome = error
                pause = self._retries.pause(attempt, error)
                if pause is None:
                    raise
            else:
                if outcome.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                    outcome.read()
                pause = self._retries.pause(attempt, outcome)
                if pause is None:
                    return outcome
                outcome.close()
            _log(request, attempt, outcome, pause)
            self._sleep(pause)
        raise AssertionError("count has no end")

    def close(self) -> None:
        """Close the other transport."""
        self._transport.close()


class AsyncRetryTransport(httpx.AsyncBaseTransport):
    """Does the same for asyncio and trio."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        retries: Retries,
        *,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._transport = transport
        self._retries = retries
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the last answer or error is the outcome."""
        for attempt in count(1):
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = await self._transport.handle_async_request(request)
            except httpx.TransportError as error:
                outcome = error
                pause = self._retries.pause(attempt, error)
                if pause is None:
                    raise
            else:
                if outcome.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                    await outcome.aread()
                pause = self._retries.pause(attempt, outcome)
                if pause is None:
                    return outcome
                await outcome.aclose()
            _log(request, attempt, outcome, pause)
            await self._sleep(pause)
        raise AssertionError("count has no end")

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._transport.aclose()


def is_gateway_refusal(response: httpx.Response) -> bool:
    """Tell whether a body, which has been read, is in the gateway's own words: a code of its family."""
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError):
        return False
    code = cast("dict[str, Any]", document).get("error_code") if isinstance(document, dict) else None
    return isinstance(code, str) and code.startswith(_GATEWAY)


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that the header Retry-After asks for, 0 or more; None without one that can be read."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        # Without a zone, or with -0000, it is in UTC (RFC 5322, section 3.3), and not in that of this machine.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
    except (ValueError, OverflowError):
        return None


def _had_no_effect(outcome: httpx.Response | httpx.TransportError) -> bool:
    if isinstance(outcome, httpx.Response):
        return outcome.status_code == HTTPStatus.TOO_MANY_REQUESTS or (
            outcome.status_code == HTTPStatus.SERVICE_UNAVAILABLE and is_gateway_refusal(outcome)
        )
    return isinstance(outcome, _WORTH_REPEATING) and not _is_distrust(outcome)


def _is_distrust(error: BaseException | None) -> bool:
    """Tell whether a certificate was not accepted, which it will not be next time either."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _log(request: httpx.Request, attempt: int, outcome: httpx.Response | httpx.TransportError, pause: float) -> None:
    what = outcome.status_code if isinstance(outcome, httpx.Response) else type(outcome).__name__
    logger.info("%s %s: attempt %d: %s; again in %.1f s", request.method, request.url.path, attempt, what, pause)
