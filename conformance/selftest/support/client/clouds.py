"""An IAM and a service in one transport, with a clock that the test sets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from drs_batch_client import PasswordAuth

from conformance.mock.iam import IssuedTokens
from conformance.selftest.support.client.doors import COMMITTED, GATEWAY_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conformance.selftest.support.mock_client import MockClient

IAM_URL = "https://iam.example"
USER, PASSWORD, DOMAIN = "user", "Pässwörd that nobody may see", "domain"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Cloud:
    """Issues tokens, and accepts calls with a valid one.

    `answer` is the answer of IAM instead of a token, `rejecting` whether the service rejects all calls.
    """

    def __init__(self) -> None:
        self.now = NOW
        self.life = timedelta(days=1)
        self.answer: httpx.Response | httpx.TransportError | None = None
        self.rejecting = False
        self.asked: list[dict[str, Any]] = []
        self.ends: dict[str, datetime] = {}
        self.tokens: list[str] = []
        self.bodies: list[bytes] = []

    def clock(self) -> datetime:
        return self.now

    def auth(self, **changes: object) -> PasswordAuth:
        """Return the user's credentials, with changes."""
        own: dict[str, Any] = {"user": USER, "password": PASSWORD, "domain": DOMAIN, "iam_url": IAM_URL}
        return PasswordAuth(**{**own, "clock": self.clock, **changes})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/tokens":
            return self._iam(request)
        token = request.headers["X-Auth-Token"]
        self.tokens.append(token)
        self.bodies.append(request.read())
        if self.rejecting or self.now >= self.ends.get(token, self.now):
            return httpx.Response(401, json=GATEWAY_ERROR)
        return httpx.Response(200, json=COMMITTED)

    def _iam(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.read()))
        if isinstance(self.answer, httpx.TransportError):
            raise self.answer
        if self.answer is not None:
            return self.answer
        token = f"token-{len(self.asked)}"
        self.ends[token] = self.now + self.life
        return issuing(token, self.now, self.now + self.life)


def issuing(token: str, start: object, end: object) -> httpx.Response:
    """Return IAM's answer with a token."""
    times = {"issued_at": _time(start), "expires_at": _time(end)}
    return httpx.Response(201, headers={"X-Subject-Token": token}, json={"token": times})


def _time(moment: object) -> object:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(moment, datetime) else moment


def user_of(mock: MockClient, clock: Callable[[], datetime]) -> PasswordAuth:
    """Return the credentials of the user of a mock."""
    settings = mock.server.settings
    return PasswordAuth(
        user=settings.iam_user,
        password=settings.iam_password,
        domain=settings.iam_domain,
        iam_url=mock.server.url,
        clock=clock,
    )


def recorded_tokens(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of tokens that the mocks of a test issue, which they do not record."""
    tokens: list[str] = []
    add = IssuedTokens.add

    def recorded(self: IssuedTokens, end: datetime) -> str:
        tokens.append(add(self, end))
        return tokens[-1]

    monkeypatch.setattr(IssuedTokens, "add", recorded)
    return tokens
