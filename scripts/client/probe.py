"""Commit a batch where only the client is installed: `python -I probe.py HTTP_LIBRARY VERSION`."""

import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import drs_batch_client
from drs_batch_client import TokenAuth, connect

HTTP_LIBRARIES = {"httpx", "httpx2"}


def main(http_library: str, expected: str) -> None:
    """Exit with a message unless the client works, is the installed one, and imports no other HTTP library."""
    if not Path(drs_batch_client.__file__).is_relative_to(sys.prefix):
        sys.exit(f"the imported client is {drs_batch_client.__file__}, not the installed one")
    if (installed := version("drs-batch-client")) != expected:
        sys.exit(f"the installed client has version {installed}, not {expected}")
    httpx: Any = import_module(http_library)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"job": {"async_job_id": "b1"}}))
    with connect(
        base_url="https://drs.example", project_id="p1", auth=TokenAuth("token"), transport=transport
    ) as client:
        client.commit_async_job("b1")
    if others := HTTP_LIBRARIES & sys.modules.keys() - {http_library}:
        sys.exit(f"the client for {http_library} imports {', '.join(others)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
