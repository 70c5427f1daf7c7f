"""`connect` and `connect_async` as one function each, so that a test can use both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from drs_batch_client import TokenAuth, connect, connect_async

if TYPE_CHECKING:
    from collections.abc import Callable

    from drs_batch_client import Language
    from drs_batch_client.models import CommittedAsyncJob
    from drs_batch_client.operations import LanguageName

    from conformance.selftest.support.mock_client import MockClient

BASE_URL = "https://drs.example"
TOKEN = "a-token-that-nobody-must-see"
PROJECT = "054ba152d480d55b2f5dc0069e7ddef0"
BATCH = "bd4193aa-072d-4ce6-beec-adffc7252341"
COMMITTED = {"job": {"async_job_id": BATCH}}
SERVICE_ERROR = {"error_code": "DRS.10000001", "error_msg": "Failed."}
GATEWAY_ERROR = {"error_code": "APIGW.0301", "error_msg": "Incorrect.", "request_id": "r"}


class Door(Protocol):
    """Connect, commit one batch, and close."""

    def __call__(
        self, async_job_id: str = BATCH, *, language: Language | LanguageName = ..., **how: object
    ) -> CommittedAsyncJob: ...


def blocking(
    async_job_id: str = BATCH, *, language: Language | LanguageName = "en-us", **how: object
) -> CommittedAsyncJob:
    with connect(**arguments(how)) as client:
        return client.commit_async_job(async_job_id, language=language)


def in_asyncio(
    async_job_id: str = BATCH, *, language: Language | LanguageName = "en-us", **how: object
) -> CommittedAsyncJob:
    async def run() -> CommittedAsyncJob:
        async with connect_async(**arguments(how)) as client:
            return await client.commit_async_job(async_job_id, language=language)

    return asyncio.run(run())


def arguments(how: dict[str, object]) -> dict[str, Any]:
    place = {} if "region" in how or "base_url" in how else {"base_url": BASE_URL}
    once = {} if "http_client" in how else {"retries": None}
    return {**place, **once, "project_id": PROJECT, "auth": TokenAuth(TOKEN), **how}


def at(mock: MockClient) -> dict[str, Any]:
    """Return the arguments for a mock."""
    settings = mock.server.settings
    return {"base_url": mock.server.url, "project_id": settings.project_id, "auth": TokenAuth(settings.token)}


def own_client(commit: Door, **how: Any) -> Any:  # noqa: ANN401 - one of two
    """Return a client of the HTTP library for a door."""
    return (httpx.Client if commit is blocking else httpx.AsyncClient)(**how)


def hook(commit: Door, run: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a hook for a door, which calls a function."""

    async def run_async(message: object) -> None:
        run(message)

    return run if commit is blocking else run_async


def failing(commit: Door, error: Exception) -> Callable[[Any], object]:
    """Return a hook for a door that raises an error."""

    def fail(_: object) -> None:
        raise error

    return hook(commit, fail)


class Exchanges:
    """A handler for a mock transport that answers by a function and records the requests."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)


def accepting() -> Exchanges:
    """Return a handler that accepts each commit."""
    return Exchanges(lambda _: httpx.Response(200, json=COMMITTED))
