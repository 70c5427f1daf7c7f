# ruff: noqa: T201 - prints its result
"""Commit a batch where only the client is installed, and print what was imported; the argument is an HTTP library."""

import json
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import drs_batch_client
from drs_batch_client import TokenAuth, connect

LIBRARIES = ("httpx", "httpx2")


def main(http_library: str) -> None:
    """Print as JSON the client's file and version and the imported HTTP libraries."""
    httpx: Any = import_module(http_library)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"job": {"async_job_id": "b1"}}))
    with connect(
        base_url="https://drs.example", project_id="p1", auth=TokenAuth("token"), transport=transport
    ) as client:
        client.commit_async_job("b1")
    used = {
        "file": drs_batch_client.__file__,
        "version": version("drs-batch-client"),
        "http_libraries": [library for library in LIBRARIES if library in sys.modules],
    }
    print(json.dumps(used))


if __name__ == "__main__":
    main(sys.argv[1])
