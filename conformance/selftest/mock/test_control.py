"""The control interface: batches, the recorded requests, faults, and invalid input."""

import json

import pytest

import conformance
from conformance.mock.settings import MockSettings
from conformance.selftest.support.mock_client import READY, MockClient, running_mock
from conformance.spec.openapi import SPEC_PATH

JSON = {"Content-Type": "application/json"}
STATES = ["ASYNC_JOB_VALIDATING", "ASYNC_JOB_VALIDATE_FAILED", READY, "COMMIT_SUCCESS"]


def test_the_index_identifies_the_mock(shared_mock: MockClient) -> None:
    index = shared_mock.client.get("/_mock/").json()
    settings = shared_mock.server.settings
    assert (index["mock"], index["version"]) == ("drs", conformance.__version__)
    assert (index["token"], index["project_id"]) == (settings.token, settings.project_id)
    assert (index["expired_token"], index["foreign_token"], index["foreign_project_id"]) == (
        settings.expired_token,
        settings.foreign_token,
        settings.foreign_project_id,
    )
    assert index["states"] == STATES
    assert all(shared_mock.client.get(link).status_code == 200 for link in index["links"].values())


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("text/html", True),
        ("text/html;q=0.9, application/json;q=0.1", True),
        ("application/json, text/html", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_the_index_is_a_page_for_browsers(shared_mock: MockClient, accept: str, *, html: bool) -> None:
    response = shared_mock.client.get("/_mock/", headers={"Accept": accept})
    assert response.headers["Content-Type"].startswith("text/html" if html else "application/json")
    assert "/_mock/reference" in response.text
    assert response.headers["Vary"] == "Accept"


@pytest.mark.parametrize("status", STATES)
def test_a_batch_is_created_in_any_state(shared_mock: MockClient, status: str) -> None:
    response = shared_mock.client.post("/_mock/batches", json={"status": status})
    (batch,) = response.json()["batches"]
    assert response.status_code == 201
    assert batch == {**batch, "project_id": shared_mock.server.settings.project_id, "status": status}
    assert shared_mock.client.get(f"/_mock/batches/{batch['async_job_id']}").json() == batch


def test_many_batches_are_created_at_once(mock: MockClient) -> None:
    batches = mock.client.post("/_mock/batches", json={"status": READY, "count": 1000}).json()["batches"]
    assert len({batch["async_job_id"] for batch in batches}) == 1000
    assert mock.client.get("/_mock/batches").json() == {"batches": batches}


def test_batches_are_listed_by_project_and_state_and_removed(mock: MockClient) -> None:
    one = mock.make("COMMIT_SUCCESS", project_id="p")
    mock.make("COMMIT_SUCCESS")
    mock.make(project_id="p")
    listed = mock.client.get("/_mock/batches", params={"project_id": "p", "status": "COMMIT_SUCCESS"}).json()["batches"]
    assert [batch["async_job_id"] for batch in listed] == [one]
    assert mock.client.delete("/_mock/batches").status_code == 204
    assert mock.client.get("/_mock/batches").json() == {"batches": []}


@pytest.mark.parametrize("async_job_id", ["a/b", "a b", "\N{CJK UNIFIED IDEOGRAPH-4E00}", "\x00", "..", "?", "x" * 512])
def test_an_id_may_be_any_text(mock: MockClient, async_job_id: str) -> None:
    assert mock.make(async_job_id=async_job_id) == async_job_id
    assert mock.client.get("/_mock/batches").json()["batches"][0]["async_job_id"] == async_job_id


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "status"),
        ({"status": "READY"}, "status"),
        ({"status": 1}, "status"),
        ({"status": None}, "status"),
        ({"status": READY, "count": 0}, "count"),
        ({"status": READY, "count": 1001}, "count"),
        ({"status": READY, "count": "1"}, "count"),
        ({"status": READY, "count": True}, "count"),
        ({"status": READY, "count": 1.0}, "count"),
        ({"status": READY, "count": 2, "async_job_id": "a"}, "count"),
        ({"status": READY, "async_job_id": ""}, "async_job_id"),
        ({"status": READY, "project_id": []}, "project_id"),
        ({"status": READY, "state": 1}, "state"),
        ([], "object"),
        (None, "object"),
    ],
)
def test_the_refusal_of_an_invalid_batch_names_the_field(shared_mock: MockClient, body: object, named: str) -> None:
    response = shared_mock.client.post("/_mock/batches", content=json.dumps(body), headers=JSON)
    assert response.status_code == 400
    assert response.json().keys() == {"error"}
    assert named in response.json()["error"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"status": "\\ud800"}', b"[" * 60_000], ids=range(5))
def test_a_body_that_is_not_json_is_refused(shared_mock: MockClient, content: bytes) -> None:
    response = shared_mock.client.post("/_mock/batches", content=content, headers=JSON)
    assert (response.status_code, "JSON" in response.json()["error"]) == (400, True)


def test_a_too_large_body_is_refused(shared_mock: MockClient) -> None:
    assert shared_mock.client.post("/_mock/batches", content=bytes(65_537), headers=JSON).status_code == 413


def test_a_duplicate_id_is_refused_and_nothing_is_created(mock: MockClient) -> None:
    mock.make(async_job_id="a")
    response = mock.client.post("/_mock/batches", json={"status": READY, "async_job_id": "a", "project_id": "p"})
    assert (response.status_code, "async_job_id" in response.json()["error"]) == (409, True)
    assert len(mock.client.get("/_mock/batches").json()["batches"]) == 1
    assert mock.make(async_job_id="b") == "b"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_mock/batches?status=READY", 400),
        ("GET", "/_mock/batches/unknown", 404),
        ("GET", "/_mock/nothing", 404),
        ("PATCH", "/_mock/batches", 405),
        ("POST", "/_mock/", 405),
    ],
)
def test_errors_are_json_with_a_request_id(shared_mock: MockClient, method: str, path: str, status: int) -> None:
    response = shared_mock.client.request(method, path)
    assert response.status_code == status
    assert response.json().keys() == {"error"}
    assert len(response.headers["X-Request-Id"]) == 32
    if status == 405:
        assert "GET" in response.headers["Allow"]


def test_a_405_allows_all_methods_of_the_path(shared_mock: MockClient) -> None:
    allow = shared_mock.client.patch("/_mock/batches").headers["Allow"]
    assert set(allow.split(", ")) == {"GET", "HEAD", "POST", "DELETE"}


def test_requests_are_recorded_without_credentials(mock: MockClient) -> None:
    job = mock.make()
    authorization = [("Authorization", "one"), ("Authorization", "two")]
    mock.client.post(mock.path(job), headers=[*mock.headers.items(), *authorization])
    mock.client.get("/unknown?q=%20")
    first, second = mock.client.get("/_mock/requests").json()["requests"]
    assert (first["method"], first["target"], first["status"], first["async_job_id"]) == (
        "POST",
        mock.path(job),
        200,
        job,
    )
    assert first["operation_id"] == "CommitAsyncJob"
    secret = [pair for pair in first["headers"] if pair[0] in {"x-auth-token", "authorization"}]
    assert sorted(secret) == [["authorization", "REDACTED"]] * 2 + [["x-auth-token", "REDACTED"]]
    assert ["content-type", "application/json"] in first["headers"]
    assert (second["method"], second["target"], second["status"]) == ("GET", "/unknown?q=%20", 404)
    assert (second["operation_id"], second["async_job_id"]) == (None, None)


def test_the_record_is_cleared(mock: MockClient) -> None:
    mock.client.get("/unknown")
    assert mock.client.delete("/_mock/requests").status_code == 204
    assert mock.client.get("/_mock/requests").json() == {"requests": []}


def test_faults_are_listed_and_switched(mock: MockClient) -> None:
    listed = mock.client.get("/_mock/faults").json()
    assert listed["faults"] == []
    assert {"error-code-11", "commit-unknown"} <= {entry["name"] for entry in listed["available"]}
    assert all(entry["summary"] and entry["breaks"] for entry in listed["available"])
    switched = mock.client.put("/_mock/faults", json={"faults": ["job-missing"]})
    assert (switched.status_code, switched.json()) == (200, {"faults": ["job-missing"]})
    assert mock.commit(mock.make()).json() == {}
    mock.client.put("/_mock/faults", json={"faults": []})
    assert "job" in mock.commit(mock.make()).json()


@pytest.mark.parametrize("body", [{}, {"faults": "x"}, {"faults": [1]}, {"faults": ["no-such-fault"]}, {"fault": []}])
def test_an_invalid_list_of_faults_is_refused(mock: MockClient, body: object) -> None:
    response = mock.client.put("/_mock/faults", json=body)
    assert (response.status_code, "faults" in response.json()["error"]) == (400, True)
    assert mock.client.get("/_mock/faults").json()["faults"] == []


def test_the_openapi_document_is_the_projects(shared_mock: MockClient) -> None:
    response = shared_mock.client.get("/_mock/openapi.yaml")
    assert (response.content, response.headers["Content-Type"]) == (SPEC_PATH.read_bytes(), "application/yaml")


def test_the_interface_can_be_disabled() -> None:
    with running_mock(MockSettings(control=False)) as mock:
        response = mock.client.get("/_mock/")
        assert (response.status_code, response.json()["error_code"]) == (404, "APIGW.0101")


def test_a_long_list_is_complete(mock: MockClient) -> None:
    mock.client.post("/_mock/batches", json={"status": READY, "count": 100}).raise_for_status()

    answer = mock.client.get("/_mock/batches")

    assert len(answer.json()["batches"]) == 100
    assert "content-length" not in answer.headers
