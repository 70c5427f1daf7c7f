"""The variables of the vendor's SDK give the project and the access key, and each mistake is named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from drs_batch_client import connect, from_env

from conformance.selftest.support.client.doors import BATCH, PROJECT
from conformance.selftest.support.client.sources import SECRET_KEY, SECURITY_TOKEN, Source

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door

AK, SK = "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"
TOKEN, PROJECT_ID = "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HUAWEICLOUD_SDK_PROJECT_ID"
IDP, ID_TOKEN = "HUAWEICLOUD_SDK_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE"
PERMANENT = {AK: "AK", SK: SECRET_KEY, PROJECT_ID: PROJECT}
TEMPORARY = {**PERMANENT, TOKEN: SECURITY_TOKEN}


def give(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name in (AK, SK, TOKEN, PROJECT_ID, IDP, ID_TOKEN):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("variables", [PERMANENT, TEMPORARY])
def test_the_variables_authenticate_a_call(
    commit: Door, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, variables)
    source = Source()
    given: dict[str, Any] = {**from_env()}
    assert commit(**given, transport=source.transport).async_job_id == BATCH
    [sent] = source.requests
    assert source.signers == ["AK"]
    assert (sent["x-project-id"], sent.get("x-security-token")) == (PROJECT, variables.get(TOKEN))
    assert SECRET_KEY not in repr(given)
    assert SECURITY_TOKEN not in repr(given)


def test_they_are_the_arguments_of_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, PERMANENT)
    with connect(region="cn-north-4", **from_env()) as client:
        assert client.project_id == PROJECT


@pytest.mark.parametrize("variable", [None, "", "other"])
def test_a_given_project_is_used_instead_of_that_of_the_environment(
    variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, {AK: "AK", SK: SECRET_KEY} | ({} if variable is None else {PROJECT_ID: variable}))
    with connect(region="cn-north-4", **from_env(project_id="p1")) as client:
        assert client.project_id == "p1"


@pytest.mark.parametrize("name", [AK, SK, PROJECT_ID])
def test_a_missing_variable_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, {other: value for other, value in TEMPORARY.items() if other != name})
    with pytest.raises(ValueError, match=f"^{name} is not set$"):
        from_env()


@pytest.mark.parametrize("name", TEMPORARY)
@pytest.mark.parametrize("value", ["", "x z", "x\n", " x", "ä"])
def test_a_variable_that_is_empty_or_cannot_be_sent_is_named_and_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, {**TEMPORARY, name: value})
    message = "must be one or more visible ASCII characters without blanks" if value else "is empty$"
    with pytest.raises(ValueError, match=f"^{name} {message}") as caught:
        from_env()
    assert not value or value not in str(caught.value).removeprefix(name)


def test_all_wrong_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, {AK: "AK,SK", TOKEN: ""})
    message = f"{AK} must be .* without blanks and commas; {SK} is not set; {PROJECT_ID} is not set; {TOKEN} is empty"
    with pytest.raises(ValueError, match=f"^{message}$"):
        from_env()


def test_a_federated_identity_beside_an_access_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, {**PERMANENT, IDP: "idp", ID_TOKEN: "/token"})
    with pytest.raises(ValueError, match=re.escape(f"{IDP} and {ID_TOKEN} are set, which are not supported")):
        from_env()
    give(monkeypatch, {**PERMANENT, IDP: "idp"})
    assert from_env()["project_id"] == PROJECT
