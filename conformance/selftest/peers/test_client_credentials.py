"""Tests that the client and the vendor's SDK read the same credentials, and sign alike with a security token."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import AccessKeyAuth, TransportError, from_env, metadata_credentials
from drs_batch_client.runtime import metadata
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.auth.internal import MetadataAccessor
from huaweicloudsdkcore.auth.provider import EnvCredentialProvider
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.algorithm import SigningAlgorithm

from conformance.selftest.support.client.metadata_service import SECRETS, Service

if TYPE_CHECKING:
    from drs_batch_client import Credentials

VARIABLES = {"AK": "AK", "SK": "secret", "SECURITY_TOKEN": "token", "PROJECT_ID": "p1"}


@pytest.mark.parametrize("status", [200, 404, 405, 503, 403])
def test_both_ask_the_metadata_service_in_the_same_way(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(read: Any, error: type[Exception]) -> tuple[Any, list[tuple[str, str, str | None, str | None]]]:  # noqa: ANN401 - of either
        service = Service()
        service.session = (status, service.session[1])
        with service.running() as url:
            monkeypatch.setattr(metadata, "_ADDRESS", url)
            monkeypatch.setattr(MetadataAccessor, "_METADATA_ENDPOINT", url)
            try:
                key = read()
            except error:
                key = None
        names = ("x-metadata-token", "x-metadata-token-ttl-seconds")
        return key, [(method, path, *(sent.get(name) for name in names)) for method, path, sent in service.requests]  # type: ignore[misc]

    ours: Credentials | None
    ours, asked = ask(metadata_credentials, TransportError)
    theirs, asked_by_them = ask(lambda: MetadataAccessor().get_credential(), ClientRequestException)
    assert asked == asked_by_them
    assert (ours is None, theirs is None) == (status == 403, status == 403)
    if ours is not None:
        assert (ours.access_key, ours.secret_key, ours.security_token) == ("AK", *SECRETS)
        assert (theirs.access, theirs.secret, theirs.security_token) == ("AK", *SECRETS)


def test_both_read_the_same_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(f"HUAWEICLOUD_SDK_{name}", value)
    theirs = EnvCredentialProvider.get_basic().get_credentials()
    ours = from_env()
    assert (ours["project_id"], ours["auth"].access_key) == (theirs.project_id, theirs.ak)
    assert (ours["auth"].secret_key, ours["auth"].security_token) == (theirs.sk, theirs.security_token)


def test_both_sign_a_security_token() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    theirs = (
        BasicCredentials("AK", "secret", "p1")
        .with_security_token("token")
        .sign_request(
            SdkRequest(
                method="POST",
                schema="https",
                host="drs.example",
                resource_path="/v5/p1/x",
                query_params=[],
                header_params={"Content-Type": "application/json", "X-Sdk-Date": "20260101T000000Z"},
                body="",
                signing_algorithm=SigningAlgorithm.HMAC_SHA256,
            )
        )
    )
    auth = AccessKeyAuth(
        access_key="AK", secret_key="secret", security_token="token", project_id="p1", clock=lambda: moment
    )
    request = httpx.Request("POST", "https://drs.example/v5/p1/x", headers={"Content-Type": "application/json"})
    ours = next(auth.sync_auth_flow(request))
    assert ours.headers["Authorization"] == theirs.header_params["Authorization"]
