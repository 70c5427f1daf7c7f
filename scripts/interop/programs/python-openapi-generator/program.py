"""Commit batches with the Python client of openapi-generator."""

import os

from openapi_client import (
    ApiClient,
    ApiException,
    BatchTasksApi,
    CommitResult,
    Configuration,
    GatewayError,
    ServiceError,
)


def commit(name: str, token: str, language: str | None = None) -> CommitResult:
    """Commit the batch whose ID is in an environment variable."""
    configuration = Configuration(os.environ["DRS_URL"], api_key={"AuthToken": token})
    with ApiClient(configuration) as client:
        return BatchTasksApi(client).commit_async_job(
            os.environ["DRS_PROJECT_ID"], os.environ[name], "application/json", language
        )


def refusal(token: str, language: str | None = None) -> ApiException:
    """Return the error of committing an unknown batch."""
    try:
        commit("DRS_UNKNOWN_ID", token, language)
    except ApiException as error:
        return error
    raise AssertionError("the commit was not refused")


token = os.environ["DRS_TOKEN"]
job = commit("DRS_READY_ID", token).job
print("ready", job.async_job_id, job.status, sep="\t")
unknown = refusal(token)
if isinstance(unknown.data, ServiceError):
    print("unknown", unknown.status, unknown.data.error_code, sep="\t")
wrong = refusal("wrong")
if isinstance(wrong.data, GatewayError):
    print("wrong", wrong.status, wrong.data.error_code, wrong.data.request_id, sep="\t")
chinese = refusal(token, "zh-cn")
if isinstance(chinese.data, ServiceError):
    print("chinese", chinese.status, chinese.data.error_code, chinese.data.error_msg, sep="\t")
