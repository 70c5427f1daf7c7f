"""Plain httpx with the requests of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import httpx

from conformance.mock.settings import PROJECT_ID, TOKEN
from scripts.benchmark.contenders.callers import Batches, in_tasks, in_turn

if TYPE_CHECKING:
    from collections.abc import Generator

HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "X-Language": "en-us"}
TIMEOUT = 60


class _Token(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-Auth-Token"] = TOKEN
        yield request


def by_header(url: str) -> Batches:
    """Commit sequentially with the token in the headers of each request."""
    client = httpx.Client(timeout=TIMEOUT)
    headers = {**HEADERS, "X-Auth-Token": TOKEN}
    return in_turn(lambda batch: _state(client.post(_address(url, batch), headers=headers)))


def by_auth(url: str) -> Batches:
    """Commit sequentially with the token set by an `httpx.Auth`."""
    client = httpx.Client(timeout=TIMEOUT, auth=_Token())
    return in_turn(lambda batch: _state(client.post(_address(url, batch), headers=HEADERS)))


def concurrent(url: str) -> Batches:
    """Commit in many tasks with the token in the headers; all connections stay open, as in the client."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    client = httpx.AsyncClient(timeout=TIMEOUT, limits=limits)
    headers = {**HEADERS, "X-Auth-Token": TOKEN}

    async def commit(batch: str) -> str:
        return _state(await client.post(_address(url, batch), headers=headers))

    return in_tasks(commit)


def _address(url: str, batch: str) -> str:
    return f"{url}/v5/{PROJECT_ID}/batch-async-jobs/{quote(batch, safe='')}/commit"


def _state(response: httpx.Response) -> str:
    return cast("str", response.json()["job"]["status"])
