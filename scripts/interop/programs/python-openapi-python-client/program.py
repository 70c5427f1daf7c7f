"""Commit batches with the client of openapi-python-client, generated from its default templates."""

import os

from client import AuthenticatedClient
from client.api.batch_tasks import commit_async_job
from client.models import CommitAsyncJobXLanguage, CommitResult, GatewayError, ServiceError
from client.types import Response


def commit(
    name: str, token: str, language: CommitAsyncJobXLanguage = CommitAsyncJobXLanguage.EN_US
) -> Response[CommitResult | GatewayError | ServiceError]:
    """Commit the batch whose ID is in an environment variable."""
    with AuthenticatedClient(os.environ["DRS_URL"], token, prefix="", auth_header_name="X-Auth-Token") as client:
        return commit_async_job.sync_detailed(
            os.environ["DRS_PROJECT_ID"], os.environ[name], client=client, x_language=language
        )


token = os.environ["DRS_TOKEN"]
ready = commit("DRS_READY_ID", token).parsed
if isinstance(ready, CommitResult):
    print("ready", ready.job.async_job_id, ready.job.status, sep="\t")
unknown = commit("DRS_UNKNOWN_ID", token)
if isinstance(unknown.parsed, ServiceError):
    print("unknown", unknown.status_code.value, unknown.parsed.error_code, sep="\t")
wrong = commit("DRS_UNKNOWN_ID", "wrong")
if isinstance(wrong.parsed, GatewayError):
    print("wrong", wrong.status_code.value, wrong.parsed.error_code, wrong.parsed.request_id, sep="\t")
chinese = commit("DRS_UNKNOWN_ID", token, CommitAsyncJobXLanguage.ZH_CN)
if isinstance(chinese.parsed, ServiceError):
    print("chinese", chinese.status_code.value, chinese.parsed.error_code, chinese.parsed.error_msg, sep="\t")
