"""The client of this project, used as in its README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_batch_client import AccessKeyAuth, TokenAuth, connect, connect_async

from scripts.benchmark.contenders.callers import Batches, Target, in_tasks, in_turn

if TYPE_CHECKING:
    from drs_batch_client import ProjectAuth


def by_token(target: Target) -> Batches:
    """Commit sequentially with a token."""
    return _in_turn(target, TokenAuth(target.token))


def by_key(target: Target) -> Batches:
    """Commit sequentially with signatures."""
    return _in_turn(target, _key(target))


def concurrent_by_token(target: Target) -> Batches:
    """Commit in many tasks with a token."""
    return _in_tasks(target, TokenAuth(target.token))


def concurrent_by_key(target: Target) -> Batches:
    """Commit in many tasks with signatures."""
    return _in_tasks(target, _key(target))


def _key(target: Target) -> AccessKeyAuth:
    return AccessKeyAuth(access_key=target.access_key, secret_key=target.secret_key)


def _in_turn(target: Target, auth: ProjectAuth) -> Batches:
    client = connect(base_url=target.url, project_id=target.project_id, auth=auth)
    return in_turn(lambda batch: str(client.commit_async_job(batch).status))


def _in_tasks(target: Target, auth: ProjectAuth) -> Batches:
    client = connect_async(base_url=target.url, project_id=target.project_id, auth=auth)

    async def commit(batch: str) -> str:
        return str((await client.commit_async_job(batch)).status)

    return in_tasks(commit)
