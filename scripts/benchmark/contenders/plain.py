"""Plain httpx with the requests of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import httpx

from scripts.benchmark.contenders.callers import Batches, Target, in_tasks, in_turn

if TYPE_CHECKING:
    from collections.abc import Generator

HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "X-Language": "en-us"}
TIMEOUT = 60


class _Token(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-Auth-Token"] = self._token
        yield request


def by_header(target: Target) -> Batches:
    """Commit sequentially with the token in the headers of each request."""
    client = httpx.Client(timeout=TIMEOUT)
    headers = {**HEADERS, "X-Auth-Token": target.token}
    return in_turn(lambda batch: _state(client.post(_address(target, batch), headers=headers)))


def by_auth(target: Target) -> Batches:
    """Commit sequentially with the token set by an `httpx.Auth`."""
    client = httpx.Client(timeout=TIMEOUT, auth=_Token(target.token))
    return in_turn(lambda batch: _state(client.post(_address(target, batch), headers=HEADERS)))


def concurrent(target: Target) -> Batches:
    """Commit in many tasks with the token in the headers; all connections stay open, as in the client."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    client = httpx.AsyncClient(timeout=TIMEOUT, limits=limits)
    headers = {**HEADERS, "X-Auth-Token": target.token}

    async def commit(batch: str) -> str:
        return _state(await client.post(_address(target, batch), headers=headers))

    return in_tasks(commit)


def _address(target: Target, batch: str) -> str:
    return f"{target.url}/v5/{target.project_id}/batch-async-jobs/{quote(batch, safe='')}/commit"


def _state(response: httpx.Response) -> str:
    return cast("str", response.json()["job"]["status"])
