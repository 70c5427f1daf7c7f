"""The IAM of the mock: who gets a token, its rights, and its lifetime."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.mock.iam import PROJECT_NAME, IssuedTokens
from conformance.mock.settings import IAM_DOMAIN, IAM_PASSWORD, IAM_USER, PROJECT_ID, MockSettings
from conformance.selftest.mock.test_command_line import run, running
from conformance.selftest.support.mock_client import MockClient, running_mock

PATH = "/v3/auth/tokens"
NOW = datetime(2026, 1, 1, 9, 5, 22, 701000, tzinfo=UTC)
PROJECT = {"id": PROJECT_ID}


def token_request(
    name: str = IAM_USER, password: str = IAM_PASSWORD, domain: str = IAM_DOMAIN, project: object = PROJECT
) -> dict[str, Any]:
    """Return the body of a request for a token."""
    user = {"name": name, "password": password, "domain": {"name": domain}}
    return {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": project},
        }
    }


def issued(mock: MockClient) -> str:
    response = mock.client.post(PATH, json=token_request())
    assert response.status_code == 201, response.text
    return response.headers["X-Subject-Token"]


def assert_refused(response: httpx.Response, status: int, title: str) -> None:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert response.json().keys() == {"error"}
    assert (error["code"], error["title"]) == (status, title)
    assert error["message"]
    assert "X-Subject-Token" not in response.headers


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_token_has_the_rights_of_the_default_token(mock: MockClient) -> None:
    token = issued(mock)
    assert mock.commit(mock.make(), X_Auth_Token=token).status_code == 200
    foreign = mock.server.settings.foreign_project_id
    assert mock.commit(mock.make(project_id=foreign), foreign, X_Auth_Token=token).status_code == 403
    assert mock.commit(mock.make(), X_Auth_Token=token[:-1]).status_code == 401
    assert mock.commit(mock.make()).status_code == 200


def test_each_token_is_new_and_revokes_no_other(mock: MockClient) -> None:
    tokens = [issued(mock) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert [mock.commit(mock.make(), X_Auth_Token=token).status_code for token in tokens] == [200, 200, 200]


def test_a_token_is_invalid_on_another_server() -> None:
    with running_mock() as one, running_mock() as other:
        response = other.commit(other.make(), X_Auth_Token=issued(one))
        assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0301")


@pytest.mark.parametrize("project", [PROJECT, {"name": PROJECT_NAME}])
def test_the_answer_is_the_documented_one(project: object) -> None:
    with running_mock(MockSettings(clock=lambda: NOW)) as mock:
        response = mock.client.post(PATH, json=token_request(project=project))
    assert response.status_code == 201
    assert re.fullmatch(r"[!-~]{32,}", response.headers["X-Subject-Token"])
    token = response.json()["token"]
    assert token.keys() == {"catalog", "expires_at", "issued_at", "methods", "roles", "user", "project"}
    assert (token["issued_at"], token["expires_at"]) == ("2026-01-01T09:05:22.701000Z", "2026-01-02T09:05:22.701000Z")
    assert (token["catalog"], token["methods"]) == ([], ["password"])
    assert (token["user"]["name"], token["user"]["domain"]["name"]) == (IAM_USER, IAM_DOMAIN)
    assert (token["project"]["id"], token["project"]["name"]) == (PROJECT_ID, PROJECT_NAME)
    assert all(role.keys() == {"id", "name"} for role in token["roles"])
    assert IAM_PASSWORD not in response.text


@pytest.mark.parametrize(
    ("query", "hidden"), [("nocatalog=true", True), ("nocatalog=0", True), ("nocatalog=", False), ("", False)]
)
def test_the_catalog_can_be_hidden(shared_mock: MockClient, query: str, *, hidden: bool) -> None:
    response = shared_mock.client.post(f"{PATH}?{query}", json=token_request())
    assert response.status_code == 201
    assert ("catalog" not in response.json()["token"]) is hidden


def test_a_token_expires() -> None:
    clock = Clock()
    with running_mock(MockSettings(clock=clock, token_lifetime=100)) as mock:
        token = issued(mock)
        clock.now = NOW + timedelta(seconds=99)
        assert mock.commit(mock.make(), X_Auth_Token=token).status_code == 200
        later = issued(mock)
        clock.now = NOW + timedelta(seconds=100)
        response = mock.commit(mock.make(), X_Auth_Token=token)
        assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0307")
        assert mock.commit(mock.make(), X_Auth_Token=later).status_code == 200


def test_times_are_in_utc() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=8)))
    with running_mock(MockSettings(clock=lambda: elsewhere)) as mock:
        token = mock.client.post(PATH, json=token_request()).json()["token"]
    assert token["issued_at"] == "2026-01-01T09:05:22.701000Z"


@pytest.mark.parametrize(
    "body",
    [
        token_request(name="other"),
        token_request(password="other"),
        token_request(password=IAM_PASSWORD.upper()),
        token_request(password="\N{SNOWMAN}"),
        token_request(domain="other"),
        token_request(name=IAM_DOMAIN, domain=IAM_USER),
        token_request(project={"id": MockSettings().foreign_project_id}),
        token_request(project={"name": "elsewhere"}),
        token_request(project={"id": PROJECT_NAME}),
    ],
)
def test_anybody_else_is_refused(shared_mock: MockClient, body: dict[str, Any]) -> None:
    response = shared_mock.client.post(PATH, json=body)
    assert_refused(response, 401, "Unauthorized")
    assert IAM_PASSWORD not in response.text


def changed(path: str, value: object) -> dict[str, Any]:
    """Return a valid body with one member changed; an ellipsis removes it."""
    body = copy.deepcopy(token_request())
    *parents, last = path.split(".")
    node = body
    for name in parents:
        node = node[name]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return body


USER = "auth.identity.password.user"


@pytest.mark.parametrize("value", [..., None, 1, "", []], ids=["missing", "null", "number", "empty", "list"])
@pytest.mark.parametrize(
    "path",
    [
        "auth",
        "auth.identity",
        "auth.identity.methods",
        "auth.identity.password",
        USER,
        f"{USER}.name",
        f"{USER}.password",
        f"{USER}.domain",
        f"{USER}.domain.name",
        "auth.scope",
        "auth.scope.project",
        "auth.scope.project.id",
    ],
)
def test_each_member_of_the_body_is_checked(shared_mock: MockClient, path: str, value: object) -> None:
    assert_refused(shared_mock.client.post(PATH, json=changed(path, value)), 400, "Bad Request")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("auth.identity.methods", ["password", "totp"]),
        ("auth.identity.methods", ["token"]),
        ("auth.scope", {"domain": {"name": IAM_DOMAIN}}),
        ("auth.scope.project", {"id": PROJECT_ID, "name": PROJECT_NAME}),
    ],
)
def test_unsupported_methods_and_scopes_are_refused(shared_mock: MockClient, path: str, value: object) -> None:
    assert_refused(shared_mock.client.post(PATH, json=changed(path, value)), 400, "Bad Request")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"null", b"[]", json.dumps(token_request(name="\ud800")).encode(), b"[" * 50_000],
    ids=["empty", "cut", "octets", "null", "list", "surrogate", "deep"],
)
def test_a_body_that_is_not_a_json_object_is_refused(shared_mock: MockClient, content: bytes) -> None:
    assert_refused(shared_mock.client.post(PATH, content=content), 400, "Bad Request")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "project", "user"]) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(["auth", "auth.scope", "auth.scope.project", "auth.identity", USER]), json_values)
def test_any_json_is_answered_as_documented(shared_mock: MockClient, path: str, value: object) -> None:
    content = json.dumps(changed(path, value))
    response = shared_mock.client.post(PATH, content=content, headers={"Content-Type": "application/json;charset=utf8"})
    assert_refused(response, *((400, "Bad Request") if response.status_code == 400 else (401, "Unauthorized")))


def test_a_large_body_is_refused(shared_mock: MockClient) -> None:
    assert shared_mock.client.post(PATH, content=b" " * 100_000).status_code == 413


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_the_gateway_answers_other_methods(shared_mock: MockClient, method: str) -> None:
    response = shared_mock.client.request(method, PATH)
    elsewhere = shared_mock.client.request(method, "/unknown")
    assert response.status_code == elsewhere.status_code == 404
    assert response.headers["Content-Type"] == elsewhere.headers["Content-Type"]


@pytest.mark.parametrize("path", [f"{PATH}/", "/v3/auth", f"/_mock{PATH}", "/v3/auth/token%73"])
def test_the_gateway_answers_other_paths(shared_mock: MockClient, path: str) -> None:
    response = shared_mock.client.post(path, json=token_request())
    assert response.status_code == 404
    assert "X-Subject-Token" not in response.headers


def test_iam_is_not_part_of_the_api() -> None:
    with running_mock(MockSettings(faults=("error-code-11", "no-authentication"), variants=("extra-members",))) as mock:
        issued(mock)
        response = mock.client.post(PATH, json=token_request(name="other"))
        assert_refused(response, 401, "Unauthorized")
        assert response.json()["error"].keys() == {"code", "message", "title"}
        assert mock.client.get("/_mock/requests").json() == {"requests": []}


def test_iam_needs_no_control_interface() -> None:
    with running_mock(MockSettings(control=False)) as mock:
        response = mock.commit("unknown", X_Auth_Token=issued(mock))
        assert (response.status_code, response.json()["error_code"][:3]) == (400, "DRS")


def test_the_oldest_tokens_are_removed() -> None:
    tokens = IssuedTokens()
    first = tokens.add(NOW)
    others = [tokens.add(NOW) for _ in range(10_000)]
    assert tokens.end(first.encode()) is None
    assert all(tokens.end(token.encode()) == NOW for token in others)


def test_the_control_interface_names_the_user(shared_mock: MockClient) -> None:
    index = shared_mock.client.get("/_mock/").json()
    assert [index[name] for name in ("iam_user", "iam_password", "iam_domain")] == [IAM_USER, IAM_PASSWORD, IAM_DOMAIN]
    page = shared_mock.client.get("/_mock/", headers={"Accept": "text/html"}).text
    assert all(f"<code>{text}</code>" in page for text in (IAM_USER, IAM_PASSWORD, IAM_DOMAIN))


def test_the_program_prints_the_configured_user() -> None:
    options = ["--iam-user", "u", "--iam-password", "p w", "--iam-domain", "d", "--token-lifetime", "60"]
    with running(*options) as (_, printed), httpx.Client(base_url=printed["Mock server"], trust_env=False) as client:
        assert printed["IAM user, password, domain"] == "u, p w, d"
        assert client.post(PATH, json=token_request()).status_code == 401
        token = client.post(PATH, json=token_request("u", "p w", "d")).json()["token"]
    start, end = (datetime.fromisoformat(token[name].rstrip("Z")) for name in ("issued_at", "expires_at"))
    assert end - start == timedelta(seconds=60)


@pytest.mark.parametrize("option", ["--iam-user=", "--iam-password=", "--iam-domain=", "--token-lifetime=0"])
def test_the_program_refuses_unusable_options(option: str) -> None:
    result = run("--port", "0", option)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {option.partition('=')[0]} must be ")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"iam_user": ""}, "iam_user"),
        ({"iam_password": "a\nb"}, "iam_password"),
        ({"iam_domain": "\ud800"}, "iam_domain"),
        ({"token_lifetime": 0}, "token_lifetime"),
        ({"token_lifetime": -1}, "token_lifetime"),
        ({"token_lifetime": 10**12}, "token_lifetime"),
    ],
)
def test_unusable_settings_are_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named} "):
        MockSettings(**settings)


def test_settings_hide_the_password() -> None:
    assert IAM_PASSWORD not in repr(MockSettings())
