"""The answers of the gateway: routing, credentials, limits, media types."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from conformance.mock.answers import Answer
from conformance.mock.faults import step_fault
from conformance.mock.messages import AnswerLanguage
from conformance.mock.operations.commit import OPERATION_ID
from conformance.mock.pipeline import OperationCall, Pipeline
from conformance.mock.settings import MockSettings
from conformance.selftest.support.mock_client import READY, MockClient, assert_documented, exchange, running_mock

JOB = "bd4193aa-072d-4ce6-beec-adffc7252341"
MEGABYTES_12 = 12 * 1024 * 1024


def assert_refused_by_gateway(response: httpx.Response, status: int, code: str) -> None:
    assert_documented(response)
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert response.json().keys() == {"error_code", "error_msg", "request_id"}
    assert re.fullmatch("[0-9a-f]{32}", response.json()["request_id"])
    assert response.json()["request_id"] == response.headers["X-Request-Id"]
    assert response.headers.get_list("Server") == ["api-gateway"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v5",
        "/v3/{p}/batch-async-jobs/{j}/commit",
        "/v5/{p}/batch-async-jobs/{j}",
        "/v5/{p}/batch-async-jobs/{j}/commit/",
        "/v5//batch-async-jobs/{j}/commit",
        "/v5/{p}/batch-async-jobs//commit",
        "/v5/{p}/batch-async-jobs/a/b/commit",
        "/V5/{p}/batch-async-jobs/{j}/commit",
        "/_mocked",
        "/%00",
        "/%FF%FE",
    ],
)
def test_an_unknown_path_gets_404_even_without_credentials(shared_mock: MockClient, path: str) -> None:
    path = path.format(p=shared_mock.server.settings.project_id, j=JOB)
    assert_refused_by_gateway(shared_mock.client.post(path), 404, "APIGW.0101")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "PROPFIND"])
def test_another_method_gets_405(shared_mock: MockClient, method: str) -> None:
    response = shared_mock.client.request(method, shared_mock.path(JOB))
    assert_refused_by_gateway(response, 405, "APIGW.0101")
    assert response.headers["Allow"] == "POST"


def test_a_method_in_lower_case_is_another_method(shared_mock: MockClient) -> None:
    message = f"post {shared_mock.path(JOB)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    response = exchange(shared_mock.server, message)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_head_has_no_body(shared_mock: MockClient) -> None:
    response = shared_mock.client.head(shared_mock.path(JOB))
    assert (response.status_code, response.headers["Allow"], response.content) == (405, "POST", b"")


@pytest.mark.parametrize(
    ("headers", "code", "tail"),
    [
        ([], "APIGW.0301", "x-auth-token not found"),
        ([("X-Auth-Token", "")], "APIGW.0301", "x-auth-token not found"),
        ([("Authorization", "Basic dTpw")], "APIGW.0301", "x-auth-token not found"),
        ([("X-Auth-Token", "wrong")], "APIGW.0301", "decrypt token fail"),
        ([("X-Auth-Token", "\xff")], "APIGW.0301", "decrypt token fail"),
        ([("Authorization", "Bearer wrong")], "APIGW.0301", "decrypt token fail"),
        ([("X-Auth-Token", "{token}"), ("X-Auth-Token", "wrong")], "APIGW.0301", "decrypt token fail"),
        ([("X-Auth-Token", "{token}x")], "APIGW.0301", "decrypt token fail"),
        ([("X-Auth-Token", "{expired}")], "APIGW.0307", "must be updated."),
        ([("Authorization", "SDK-HMAC-SHA256 nonsense")], "APIGW.0301", "malformed"),
        ([("Authorization", "SDK-HMAC-SHA256 nonsense"), ("X-Auth-Token", "{token}")], "APIGW.0301", "malformed"),
    ],
)
def test_wrong_credentials_are_refused_and_never_repeated(
    shared_mock: MockClient, headers: list[tuple[str, str]], code: str, tail: str
) -> None:
    settings = shared_mock.server.settings
    sent = [
        (n.encode(), v.format(token=settings.token, expired=settings.expired_token).encode("latin-1"))
        for n, v in headers
    ]
    async_job_id = shared_mock.make()
    response = shared_mock.client.post(
        shared_mock.path(async_job_id), headers=[*sent, (b"Content-Type", b"application/json")]
    )
    assert_refused_by_gateway(response, 401, code)
    assert response.json()["error_msg"].endswith(tail)
    assert not any(value and value in response.content for _, value in sent)
    assert shared_mock.status(async_job_id) == READY


@pytest.mark.parametrize("project_id", ["{foreign}", "nobodys", "%FF", "."])
def test_a_project_without_rights_gets_403(shared_mock: MockClient, project_id: str) -> None:
    foreign = shared_mock.server.settings.foreign_project_id
    message = (
        f"POST {shared_mock.path(JOB, project_id.format(foreign=foreign))} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"X-Auth-Token: {shared_mock.server.settings.token}\r\nContent-Type: application/json\r\n\r\n"
    )
    assert_refused_by_gateway(exchange(shared_mock.server, message.encode()), 403, "APIGW.0302")


def test_the_foreign_token_is_for_the_foreign_project_alone(shared_mock: MockClient) -> None:
    settings = shared_mock.server.settings
    own, foreign = shared_mock.make(), shared_mock.make(project_id=settings.foreign_project_id)
    headers = {**shared_mock.headers, "X-Auth-Token": settings.foreign_token}

    def answer(async_job_id: str, project_id: str) -> httpx.Response:
        return shared_mock.client.post(shared_mock.path(async_job_id, project_id), headers=headers)

    assert_refused_by_gateway(answer(own, settings.project_id), 403, "APIGW.0302")
    assert answer(own, settings.foreign_project_id).status_code == 400
    assert answer(foreign, settings.foreign_project_id).status_code == 200
    assert shared_mock.status(own) == READY


@pytest.mark.parametrize(
    "values",
    [
        ["application/json"],
        ["APPLICATION/JSON"],
        ["application/json;charset=utf-8"],
        ["application/json; charset=UTF-8"],
        ['application/json ; charset="utf8"'],
        ["application/json;"],
        ["application/json; odata=verbose; charset=utf-8"],
        ["application/json", "application/json"],
    ],
)
def test_json_is_accepted_in_every_spelling(shared_mock: MockClient, values: list[str]) -> None:
    headers = [("X-Auth-Token", shared_mock.server.settings.token), *(("Content-Type", value) for value in values)]
    assert shared_mock.client.post(shared_mock.path(shared_mock.make()), headers=headers).status_code == 200


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["text/plain"],
        ["application/jsonp"],
        ["application/json+x"],
        ["application"],
        ["application/json charset=utf-8"],
        ["application/json; charset=gbk"],
        ["application/json; charset"],
        ["application/json, text/plain"],
        ["application/json", "text/plain"],
    ],
)
def test_another_media_type_gets_415(shared_mock: MockClient, values: list[str]) -> None:
    async_job_id = shared_mock.make()
    headers = [("X-Auth-Token", shared_mock.server.settings.token), *(("Content-Type", value) for value in values)]
    response = shared_mock.client.post(shared_mock.path(async_job_id), headers=headers)
    assert_refused_by_gateway(response, 415, "APIGW.0201")
    assert shared_mock.status(async_job_id) == READY


@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b"x" * 100_000])
def test_a_body_is_ignored(shared_mock: MockClient, body: bytes) -> None:
    path = shared_mock.path(shared_mock.make())
    assert shared_mock.client.post(path, headers=shared_mock.headers, content=body).status_code == 200


def chunks(count: int) -> Iterator[bytes]:
    chunk = bytes(64 * 1024)
    return (chunk for _ in range(count))


def test_a_body_at_the_limit_is_accepted_and_one_above_is_not(shared_mock: MockClient) -> None:
    path = shared_mock.path(shared_mock.make())
    above = shared_mock.client.post(path, headers=shared_mock.headers, content=bytes(MEGABYTES_12 + 1))
    assert_refused_by_gateway(above, 413, "APIGW.0201")
    at = shared_mock.client.post(path, headers=shared_mock.headers, content=bytes(MEGABYTES_12))
    assert at.status_code == 200


def test_a_chunked_body_has_the_same_limit(shared_mock: MockClient) -> None:
    path = shared_mock.path(shared_mock.make())
    above = shared_mock.client.post(path, headers=shared_mock.headers, content=chunks(193))
    assert_refused_by_gateway(above, 413, "APIGW.0201")
    at = shared_mock.client.post(path, headers=shared_mock.headers, content=chunks(192))
    assert at.status_code == 200


def test_a_too_large_content_length_is_refused_before_the_body(shared_mock: MockClient) -> None:
    message = (
        f"POST {shared_mock.path(JOB)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
        f"Content-Length: {MEGABYTES_12 + 1}\r\n\r\n"
    )
    assert_refused_by_gateway(exchange(shared_mock.server, message.encode()), 413, "APIGW.0201")


def test_a_uri_above_32_kib_gets_414(shared_mock: MockClient) -> None:
    room = 32 * 1024 - len(shared_mock.path(""))
    assert shared_mock.commit("a" * room).json()["error_code"] == "DRS.10000010"
    assert_refused_by_gateway(shared_mock.commit("a" * (room + 1)), 414, "APIGW.0201")
    assert_refused_by_gateway(shared_mock.commit(f"a?q={'a' * room}"), 414, "APIGW.0201")
    assert_refused_by_gateway(shared_mock.commit("a" * 60_000), 414, "APIGW.0201")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("X-Long", "a" * 30_000)], 400),
        ([("X-Long", "a" * 33_000)], 431),
        ([(f"X-{number}", "a" * 30_000) for number in range(4)], 400),
        ([(f"X-{number}", "a" * 30_000) for number in range(5)], 431),
        ([(f"X-{number}", "a") for number in range(2000)], 400),
    ],
)
def test_headers_above_the_limits_get_431(shared_mock: MockClient, headers: list[tuple[str, str]], status: int) -> None:
    response = shared_mock.client.post(shared_mock.path("any"), headers=[*shared_mock.headers.items(), *headers])
    assert response.status_code == status
    assert response.json()["error_code"] == {400: "DRS.10000010", 431: "APIGW.0201"}[status]


@pytest.mark.parametrize("spelling", ["a%2Fb", "a%2fb", "%61%2Fb"])
def test_an_encoded_slash_is_part_of_the_id(mock: MockClient, spelling: str) -> None:
    mock.make(async_job_id="a/b")
    response = mock.commit(spelling)
    assert (response.status_code, response.json()["job"]["async_job_id"]) == (200, "a/b")


@pytest.mark.parametrize(
    "async_job_id",
    [
        "%00",
        "%0d%0aX:%20y",
        "%FF%FE",
        "%C3%28",
        "%ED%A0%80",
        ".",
        "..",
        "%2e%2e",
        "%",
        "%zz",
        "a b".replace(" ", "+"),
        "*",
    ],
)
def test_an_odd_id_is_an_unknown_batch(shared_mock: MockClient, async_job_id: str) -> None:
    message = (
        f"POST {shared_mock.path(async_job_id)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"X-Auth-Token: {shared_mock.server.settings.token}\r\nContent-Type: application/json\r\n\r\n"
    )
    response = exchange(shared_mock.server, message.encode())
    assert_documented(response)
    assert (response.status_code, response.json()["error_code"]) == (400, "DRS.10000010")


def test_the_absolute_form_of_a_target_is_accepted(mock: MockClient) -> None:
    message = (
        f"POST http://drs.example{mock.path(mock.make())} HTTP/1.1\r\nHost: drs.example\r\nConnection: close\r\n"
        f"X-Auth-Token: {mock.server.settings.token}\r\nContent-Type: application/json\r\n\r\n"
    )
    assert exchange(mock.server, message.encode()).status_code == 200


@pytest.mark.parametrize(
    "message",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX-Language: a\x0bb\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 262_200,
    ],
    ids=["not HTTP", "no Host", "control character", "negative length", "raw octet", "bad chunk", "endless header"],
)
def test_a_message_that_is_not_http_gets_a_documented_400(shared_mock: MockClient, message: bytes) -> None:
    response = exchange(shared_mock.server, message)
    assert_documented(response)
    assert response.status_code == 400
    assert (response.headers["Server"], response.headers["Connection"]) == ("api-gateway", "close")


@pytest.mark.parametrize("target", ["*", "drs.example:443"])
@pytest.mark.parametrize("method", ["OPTIONS", "CONNECT"])
def test_targets_without_a_path_get_404(shared_mock: MockClient, method: str, target: str) -> None:
    message = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    assert exchange(shared_mock.server, message).status_code == 404


def test_an_upgrade_is_ignored(shared_mock: MockClient) -> None:
    headers = {**shared_mock.headers, "Connection": "Upgrade", "Upgrade": "websocket"}
    assert shared_mock.client.post(shared_mock.path(shared_mock.make()), headers=headers).status_code == 200


def test_an_internal_error_discloses_no_details(mock: MockClient, caplog: pytest.LogCaptureFixture) -> None:
    mock.server.app.store.close()
    response = mock.commit(JOB)
    assert_refused_by_gateway(response, 500, "APIGW.0601")
    assert response.json()["error_msg"] == "Internal server error."
    assert "closed database" in caplog.text


@pytest.mark.usefixtures("own_faults")
def test_an_operation_gets_path_parameters_language_query_and_body() -> None:
    calls: list[OperationCall] = []

    def handle(call: OperationCall) -> Answer:
        calls.append(call)
        return Answer.of_json(200, {})

    @step_fault("calls-collected", breaks=("X-001",))
    def _collect(pipeline: Pipeline) -> Pipeline:
        return replace(pipeline, handlers={OPERATION_ID: handle})

    with running_mock(MockSettings(faults=("calls-collected",))) as mock:
        headers = {**mock.headers, "X-Language": "zh-cn"}
        mock.client.post(f"{mock.path('a%2Fb')}?x=%20", headers=headers, content=b"{}")
        parameters = {"project_id": mock.server.settings.project_id, "async_job_id": "a/b"}

    assert calls == [OperationCall(parameters, AnswerLanguage.CHINESE, b"x=%20", b"{}")]


def test_an_answer_that_is_not_json_runs_no_script() -> None:
    with running_mock(MockSettings(faults=("refusal-text-html",))) as mock:
        refused, published = mock.commit("<script>"), mock.client.get("/")

    assert refused.headers["Content-Type"].startswith("text/html")
    assert "sandbox" in refused.headers["Content-Security-Policy"]
    assert "Content-Security-Policy" not in published.headers
