"""A function that gives access keys, with a clock that the test sets, and a service that they sign requests to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from drs_batch_client import Credentials, ProviderAuth

from conformance.selftest.support.client.doors import COMMITTED

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET_KEY, SECURITY_TOKEN = "secret-key-that-nobody-may-see", "security-token-that-nobody-may-see"


class Source:
    """Gives another key each time, unless it has an `error` or `instead` of a key; `answer` is that of the service."""

    def __init__(self, life: timedelta | None = HOUR) -> None:
        self.now = NOW
        self.life = life
        self.error: Exception | None = None
        self.instead: object = None
        self.asked = 0
        self.answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, json=COMMITTED)
        self.requests: list[dict[str, str]] = []

    def clock(self) -> datetime:
        return self.now

    def give(self) -> Any:  # noqa: ANN401 - may be wrong
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.instead or key(self.asked, None if self.life is None else self.now + self.life)

    async def give_async(self) -> Any:  # noqa: ANN401 - may be wrong
        return self.give()

    def auth(self, *, asynchronous: bool = False) -> ProviderAuth:
        return ProviderAuth(self.give_async if asynchronous else self.give, clock=self.clock)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    @property
    def signers(self) -> list[str]:
        """The name of the key that signed each request."""
        return [re.findall(r"Access=([^,]+)", headers["authorization"])[0] for headers in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(dict(request.headers))
        return self.answer(request)


def key(number: int, end: datetime | None = None) -> Credentials:
    """Return the key of a number."""
    return Credentials(
        access_key=f"AK{number}",
        secret_key=f"{SECRET_KEY}-{number}",
        security_token=f"{SECURITY_TOKEN}-{number}",
        expires_at=end,
    )
