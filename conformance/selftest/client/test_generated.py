"""The generated client sends requests as in openapi.yaml, reads the answers, and has a correct README."""

import asyncio
from collections.abc import Callable
from functools import partial
from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import yaml
from drs_batch_client import AuthenticatedClient
from drs_batch_client.api.batch_tasks import commit_async_job
from drs_batch_client.client import Client
from drs_batch_client.errors import UnexpectedStatus
from drs_batch_client.models import (
    CommitAsyncJobXLanguage,
    CommitResult,
    CommittedAsyncJob,
    GatewayError,
    ServiceError,
)
from drs_batch_client.spec import VERSION
from drs_batch_client.types import UNSET, Response, Unset
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.support.client.doors import (
    BASE_URL,
    BATCH,
    COMMITTED,
    GATEWAY_ERROR,
    PROJECT,
    SERVICE_ERROR,
    TOKEN,
)

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "generated" / "README.md").read_text(encoding="utf-8")
COMMIT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["paths"][
    "/v5/{project_id}/batch-async-jobs/{async_job_id}/commit"
]["post"]

# RFC 3986, section 5.2.4: no spelling of the two dot segments survives.
segments = st.text(min_size=1).filter(lambda text: text not in {".", ".."})

Result = Response[CommitResult | GatewayError | ServiceError]
Language = CommitAsyncJobXLanguage | Unset
Commit = Callable[..., Result]


class Service:
    """A transport that gives one answer to every request and records the requests."""

    def __init__(self, status: int = 200, json: object = None, *, text: str | None = None, location: str = "") -> None:
        self.status = status
        self.content = dumps(COMMITTED if json is None else json) if text is None else text
        self.headers = {"X-Request-Id": "7"} | ({"Location": location} if location else {})
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, headers=self.headers, text=self.content)

    def connect(self, *, headers: dict[str, str] | None = None, strict: bool = False) -> AuthenticatedClient:
        return AuthenticatedClient(
            base_url=BASE_URL,
            token=TOKEN,
            headers=headers or {},
            raise_on_unexpected_status=strict,
            httpx_args={"transport": httpx.MockTransport(self)},
        )


def commit_sync(
    client: AuthenticatedClient, project: str = PROJECT, batch: str = BATCH, language: Language | None = None
) -> Result:
    function = commit_async_job.sync_detailed
    call = function if language is None else partial(function, x_language=language)
    with client:
        return call(project, batch, client=client)


def commit_async(
    client: AuthenticatedClient, project: str = PROJECT, batch: str = BATCH, language: Language | None = None
) -> Result:
    function = commit_async_job.asyncio_detailed

    async def run() -> Result:
        call = function if language is None else partial(function, x_language=language)
        async with client:
            return await call(project, batch, client=client)

    return asyncio.run(run())


@pytest.fixture(params=[commit_sync, commit_async], ids=["sync", "asyncio"])
def commit(request: pytest.FixtureRequest) -> Commit:
    function: Commit = request.param
    return function


def test_the_request_is_the_documented_one(commit: Commit) -> None:
    service = Service()
    commit(service.connect())

    [request] = service.requests
    assert (request.method, str(request.url)) == (
        "POST",
        f"{BASE_URL}/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit",
    )
    assert request.headers.get_list("X-Auth-Token") == [TOKEN]
    assert request.headers.get_list("Content-Type") == ["application/json"]
    assert request.headers.get_list("X-Language") == ["en-us"]
    assert "Authorization" not in request.headers
    assert request.content == b""


def test_base_url_and_token_may_be_positional_and_the_base_url_may_have_a_path() -> None:
    service = Service()
    httpx_args = {"transport": httpx.MockTransport(service)}
    commit_sync(AuthenticatedClient(f"{BASE_URL}/prefix/", TOKEN, httpx_args=httpx_args))

    [request] = service.requests
    assert request.headers.get_list("X-Auth-Token") == [TOKEN]
    assert request.url.path == f"/prefix/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit"


def test_headers_of_the_user_are_sent_next_to_the_token(commit: Commit) -> None:
    service = Service()
    commit(service.connect(headers={"X-Trace": "1"}).with_headers({"X-More": "2"}))

    [request] = service.requests
    assert [request.headers[name] for name in ("X-Trace", "X-More", "X-Auth-Token")] == ["1", "2", TOKEN]


@pytest.mark.parametrize(
    ("language", "sent"),
    [(CommitAsyncJobXLanguage.ZH_CN, ["zh-cn"]), (CommitAsyncJobXLanguage.EN_US, ["en-us"]), (UNSET, [])],
    ids=["Chinese", "English", "none"],
)
def test_the_language_is_the_chosen_one(commit: Commit, language: Language, sent: list[str]) -> None:
    service = Service()
    commit(service.connect(), language=language)
    assert service.requests[0].headers.get_list("X-Language") == sent


@given(project=segments, batch=segments)
def test_identifiers_reach_the_server_as_they_are(project: str, batch: str) -> None:
    service = Service()
    commit_sync(service.connect(), project, batch)

    path = service.requests[0].url.raw_path.decode("ascii")
    segments = path.split("/")
    assert [unquote(segment) for segment in segments] == ["", "v5", project, "batch-async-jobs", batch, "commit"]


def test_an_accepted_commit_is_a_result(commit: Commit) -> None:
    response = commit(Service(200, COMMITTED).connect())
    assert (response.status_code, response.headers["X-Request-Id"]) == (200, "7")
    assert response.parsed == CommitResult(job=CommittedAsyncJob(async_job_id=BATCH))
    assert isinstance(response.parsed, CommitResult)
    assert (response.parsed.job.status, response.parsed.job.msg) == (UNSET, UNSET)


def test_the_short_functions_return_the_result_alone() -> None:
    expected = CommitResult.from_dict(COMMITTED)
    assert commit_async_job.sync(PROJECT, BATCH, client=Service().connect()) == expected
    assert asyncio.run(commit_async_job.asyncio(PROJECT, BATCH, client=Service().connect())) == expected


def test_a_refusal_by_the_service_is_a_service_error(commit: Commit) -> None:
    assert commit(Service(400, SERVICE_ERROR).connect()).parsed == ServiceError(**SERVICE_ERROR)


@pytest.mark.parametrize("status", [int(status) for status in COMMIT["responses"] if int(status) > 400])
def test_a_refusal_by_the_gateway_is_a_gateway_error(commit: Commit, status: int) -> None:
    response = commit(Service(status, GATEWAY_ERROR).connect(strict=True))
    assert (response.status_code, response.parsed) == (status, GatewayError(**GATEWAY_ERROR))


@pytest.mark.parametrize("status", [201, 202, 204, 302, 409, 418, 501])
def test_an_undocumented_status_is_none_or_an_error_as_configured(commit: Commit, status: int) -> None:
    service = Service(status, text="<html>")
    response = commit(service.connect())
    assert (response.status_code, response.content, response.parsed) == (status, b"<html>", None)
    with pytest.raises(UnexpectedStatus, match=f"^Unexpected status code: {status}\n\nResponse content:\n<html>$"):
        commit(service.connect(strict=True))


@pytest.mark.parametrize(
    ("service", "error"),
    [
        pytest.param(Service(502, text="<html>"), ValueError, id="no JSON"),
        pytest.param(Service(200, text=""), ValueError, id="nothing"),
        pytest.param(Service(494, GATEWAY_ERROR), ValueError, id="a status that HTTP does not know"),
        pytest.param(Service(200, {}), KeyError, id="no job"),
        pytest.param(Service(400, {"error_msg": "Failed."}), KeyError, id="no error_code"),
        pytest.param(Service(200, "text"), ValueError, id="text"),
        pytest.param(Service(200, text="null"), TypeError, id="null"),
        pytest.param(Service(200, [1]), TypeError, id="a list"),
    ],
)
def test_a_malformed_answer_raises_the_error_in_the_readme(
    commit: Commit, service: Service, error: type[Exception]
) -> None:
    with pytest.raises(error):
        commit(service.connect())


@given(unknown=st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_unknown_fields_are_kept(unknown: dict[str, Any]) -> None:
    job = unknown | {"async_job_id": BATCH}
    result = commit_sync(Service(200, unknown | {"job": job}).connect()).parsed
    assert isinstance(result, CommitResult)
    assert result.additional_properties == {name: value for name, value in unknown.items() if name != "job"}
    assert result.to_dict() == unknown | {"job": job}


def test_the_token_is_in_no_repr(commit: Commit) -> None:
    service = Service()
    client = service.connect()
    assert TOKEN not in repr(client)
    commit(client)
    assert service.requests[0].headers["X-Auth-Token"] == TOKEN
    assert TOKEN not in repr(client)
    assert BASE_URL in repr(client)


def test_no_setting_that_may_be_a_credential_is_in_a_repr() -> None:
    settings: dict[str, Any] = {"headers": {"A": TOKEN}, "cookies": {"a": TOKEN}, "httpx_args": {"auth": ("a", TOKEN)}}
    for client in (AuthenticatedClient(BASE_URL, TOKEN, **settings), Client(BASE_URL, **settings)):
        assert TOKEN not in repr(client) + repr(client.with_headers({"B": TOKEN}).with_cookies({"b": TOKEN}))


def test_the_token_does_not_follow_a_redirect(commit: Commit) -> None:
    service = Service(307, location="https://elsewhere.example/")
    assert commit(service.connect()).status_code == 307
    assert [request.url.host for request in service.requests] == ["drs.example"]


@pytest.mark.parametrize(
    ("model", "lengths"),
    [(ServiceError, ["exactly 12 characters", "1 to 512 characters"]), (GatewayError, ["exactly 10 characters"])],
)
def test_the_models_document_their_lengths(model: type, lengths: list[str]) -> None:
    text = " ".join((model.__doc__ or "").split())
    assert [length for length in lengths if length not in text] == []


@pytest.mark.parametrize("model", [CommitResult, CommittedAsyncJob, ServiceError, GatewayError])
def test_the_models_say_where_they_are_documented(model: type) -> None:
    source = f"Source: openapi.yaml {VERSION}, /components/schemas/{model.__name__}; used by CommitAsyncJob, https://"
    assert source in " ".join((model.__doc__ or "").split())


def test_the_readme_names_each_operation_argument_and_server() -> None:
    assert "### `drs_batch_client.api.batch_tasks.commit_async_job`" in README
    for argument in ("project_id", "async_job_id", "content_type", "x_language"):
        assert f"| `{argument}` |" in README
    for server in yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["servers"]:
        assert f"| `{server['url']}` | {server['description']} |" in README
