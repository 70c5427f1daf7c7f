"""The vendor's SDK, which signs, used as in its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkdrs.v5 import CommitAsyncJobRequest, DrsAsyncClient, DrsClient

from scripts.benchmark.contenders.callers import CALLERS, Batches, Target, in_threads, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable


def by_key(target: Target) -> Batches:
    """Commit sequentially."""
    return in_turn(_commit(_built(DrsClient, target)))


def in_many_threads(target: Target) -> Batches:
    """Commit in many threads; all connections stay open, instead of the default of ten."""
    config = HttpConfig.get_default_config()
    config.pool_maxsize = CALLERS
    return in_threads(_commit(_built(DrsClient, target, config)))


def by_futures(target: Target) -> Batches:
    """Commit with the asynchronous client of the SDK, which returns futures that are completed by eight threads."""
    client = _built(DrsAsyncClient, target)

    def commit_all(batches: Any) -> list[str]:  # noqa: ANN401 - the SDK has no types
        futures = [client.commit_async_job_async(_request(batch)) for batch in batches]
        return [_state(future.result()) for future in futures]

    return commit_all


def _built(kind: Any, target: Target, config: HttpConfig | None = None) -> Any:  # noqa: ANN401 - the SDK has no types
    credentials = BasicCredentials(target.access_key, target.secret_key, target.project_id)
    builder = kind.new_builder().with_credentials(credentials).with_endpoint(target.url)
    return (builder.with_http_config(config) if config else builder).build()


def _commit(client: Any) -> Callable[[str], str]:  # noqa: ANN401 - the SDK has no types
    return lambda batch: _state(client.commit_async_job(_request(batch)))


def _request(batch: str) -> CommitAsyncJobRequest:
    return CommitAsyncJobRequest(async_job_id=batch, x_language="en-us")


def _state(response: Any) -> str:  # noqa: ANN401 - the SDK has no types
    return cast("str", response.job.status)
