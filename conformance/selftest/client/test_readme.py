"""The examples in the client's README print the output that they show."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.selftest.support.client.doors import BATCH, PROJECT, SERVICE_ERROR, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

README = (Path(__file__).resolve().parents[3] / "generated" / "README.md").read_text(encoding="utf-8")
EXAMPLES: list[tuple[str, str]] = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)
SECURITY_KEY = {
    "credential": {"access": "AK", "secret": "SK", "securitytoken": "ST", "expires_at": "2100-01-01T00:00:00.000000Z"}
}
BATCHES: dict[str, dict[str, object]] = {
    BATCH: {},
    "0c63ac35-b8ab-4ee2-8a3b-4e8df9f9fd4c": {},
    "no-text-as-status": {"status": 7},
}
"""The validated batches, with further members of the answer."""
NAMES = [
    "blocking",
    "asyncio",
    "credentials",
    "renewed credentials",
    "errors",
    "deviations",
    "generated functions",
    "generated client",
]


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[httpx.Request]]:
    """Answers requests: IAM issues tokens, and DRS commits each of its batches once."""
    sent: list[httpx.Request] = []
    ready = {*BATCHES}

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.host.startswith("iam."):
            return httpx.Response(201, headers={"X-Subject-Token": TOKEN})
        if request.url.host == "169.254.169.254":
            return httpx.Response(200, json=SECURITY_KEY)
        batch = request.url.path.split("/")[-2]
        if batch not in ready:
            return httpx.Response(400, json=SERVICE_ERROR)
        ready.remove(batch)
        return httpx.Response(200, json={"job": {"async_job_id": batch, **BATCHES[batch]}})

    async def answer_async(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return answer(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: answer(request))
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", answer_async)
    monkeypatch.setenv("DRS_TOKEN", TOKEN)
    monkeypatch.setenv("IAM_PASSWORD", "a-password")
    monkeypatch.setenv("HUAWEICLOUD_SDK_AK", "AK")
    monkeypatch.setenv("HUAWEICLOUD_SDK_SK", "SK")
    monkeypatch.setenv("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT)
    yield sent
    for request in sent:
        assert request.url.host.endswith((".cn-north-4.myhuaweicloud.com", "169.254.169.254"))
        assert request.extensions["timeout"]["read"] is not None


def test_each_example_shows_its_output() -> None:
    assert len(EXAMPLES) == README.count("```python\n") == len(NAMES)


@pytest.mark.parametrize(("example", "output"), EXAMPLES, ids=NAMES)
def test_the_examples_print_their_output(
    example: str,
    output: str,
    tmp_path: Path,
    requests: list[httpx.Request],
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = tmp_path / "example.py"
    # As for a client with another HTTP library, which the README does not name.
    program.write_text(example.replace("import httpx\n", f"import {httpx.__name__} as httpx\n"), encoding="utf-8")

    runpy.run_path(str(program), run_name="__main__")

    assert capsys.readouterr().out == output
    calls = [request for request in requests if request.url.host.startswith("drs.")]
    assert len(calls) == (2 if "AccessKeyAuth" in example or "ProviderAuth" in example else 1)
    assert all("X-Auth-Token" in call.headers or "Authorization" in call.headers for call in calls)
    assert {call.headers["X-Language"] for call in calls} == {"en-us"}
