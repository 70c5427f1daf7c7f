"""Changes of names, headers and servers."""

from __future__ import annotations

from conformance.selftest.support.client.changes.documents import (
    AT,
    COMMIT,
    Document,
    change,
    commit,
    schemas,
)


@change("""
job_ = answer(200, COMMITTED, lambda c: c.commit_async_job("b/1"))
assert job_.async_job_id == "b1"
assert sent[-1].url.raw_path == b"/v5/p1/batch-async-jobs/b%2F1/commit"
assert failure(500, BROKEN, lambda c: c.commit_async_job("b/1")).async_job_id == "b/1"
""")
def renamed_path_parameter(document: Document) -> None:
    """Rename the ID of the batch."""
    document["paths"] = {COMMIT.replace("async_job_id", "batch_id"): document["paths"][COMMIT]}
    document["components"]["parameters"]["AsyncJobId"]["name"] = "batch_id"


@change("""
answer(200, COMMITTED, lambda c: c.commit_async_job("b1"))
assert "X-Language" not in sent[-1].headers
assert not hasattr(drs, "Language")
""")
def removed_header(document: Document) -> None:
    """Remove the optional header."""
    del document["components"]["parameters"]["Language"]
    del commit(document)["parameters"][3]


@change("""
assert drs.connect(region="eu-1", project_id="p1", auth=drs.TokenAuth("a-token")).generated
""")
def other_servers(document: Document) -> None:
    """Name other regions."""
    document["servers"] = [{"url": "https://drs.eu-1.cloud.example"}]


@change("""
try:
    drs.connect(region="cn-north-4", project_id="p1", auth=drs.TokenAuth("a-token"))
except ValueError:
    pass
else:
    raise AssertionError("a region is known")
""")
def no_servers(document: Document) -> None:
    """Name no servers."""
    del document["servers"]


@change("""
answer(200, COMMITTED, lambda c: c.commit_async_job("b1", trace="t", count=2))
assert (sent[-1].headers["X-Trace"], sent[-1].headers["X-Count"]) == ("t", "2")
""")
def other_headers(document: Document) -> None:
    """Add headers: a required one and an optional one."""
    commit(document)["parameters"] += [
        {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "X-Count", "in": "header", "schema": {"type": "integer"}},
    ]


@change("""
done = answer(200, COMMITTED, lambda c: c.submit("b1"))
assert_type(done, models.SubmittedJob)
error = failure(500, BROKEN, lambda c: c.submit("b1"))
assert type(error) is drs.OutcomeUnknownError
assert "submit('b1')" in str(error)
""")
def other_names(document: Document) -> None:
    """Rename the operation, the tag and a schema."""
    commit(document)["operationId"] = "submit"
    commit(document)["tags"] = ["Others"]
    schemas(document)["SubmittedJob"] = schemas(document).pop("CommittedAsyncJob")
    schemas(document)["CommitResult"]["properties"]["job"]["$ref"] = f"{AT}SubmittedJob"
