"""The client of this project, used as in its README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_batch_client import AccessKeyAuth, TokenAuth, connect, connect_async

from conformance.mock.settings import ACCESS_KEY, PROJECT_ID, SECRET_KEY, TOKEN
from scripts.benchmark.contenders.callers import Batches, in_tasks, in_turn

if TYPE_CHECKING:
    from drs_batch_client import ProjectAuth


def by_token(url: str) -> Batches:
    """Commit sequentially with a token."""
    return _in_turn(url, TokenAuth(TOKEN))


def by_key(url: str) -> Batches:
    """Commit sequentially with signatures."""
    return _in_turn(url, _key())


def concurrent_by_token(url: str) -> Batches:
    """Commit in many tasks with a token."""
    return _in_tasks(url, TokenAuth(TOKEN))


def concurrent_by_key(url: str) -> Batches:
    """Commit in many tasks with signatures."""
    return _in_tasks(url, _key())


def _key() -> AccessKeyAuth:
    return AccessKeyAuth(access_key=ACCESS_KEY, secret_key=SECRET_KEY)


def _in_turn(url: str, auth: ProjectAuth) -> Batches:
    client = connect(base_url=url, project_id=PROJECT_ID, auth=auth)
    return in_turn(lambda batch: str(client.commit_async_job(batch).status))


def _in_tasks(url: str, auth: ProjectAuth) -> Batches:
    client = connect_async(base_url=url, project_id=PROJECT_ID, auth=auth)

    async def commit(batch: str) -> str:
        return str((await client.commit_async_job(batch)).status)

    return in_tasks(commit)
