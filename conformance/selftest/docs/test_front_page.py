"""The example of the client in README.md works as described."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import pytest

README = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")
COMMITTED = {"job": {"async_job_id": "b1", "status": "COMMIT_SUCCESS"}}


def test_the_example_of_the_client_commits_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    program = tmp_path / "example.py"
    program.write_text(example, encoding="utf-8")
    requests: list[httpx.Request] = []

    def respond(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=COMMITTED)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", respond)
    given = {"project_id": "p", "async_job_id": "b1", "ak": "AK", "sk": "SK"}

    done = runpy.run_path(str(program), init_globals=given)

    assert done["job"].to_dict() == COMMITTED["job"]
    [request] = requests
    assert str(request.url) == "https://drs.cn-north-4.myhuaweicloud.com/v5/p/batch-async-jobs/b1/commit"
    assert request.headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=AK, ")
