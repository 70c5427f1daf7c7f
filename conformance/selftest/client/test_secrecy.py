"""No log, repr or error shows a credential, and there is one logger."""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AccessKeyAuth,
    Credentials,
    DrsError,
    PasswordAuth,
    ProviderAuth,
    Retries,
    TokenAuth,
    TransportError,
    connect,
    connect_async,
)

from conformance.mock.settings import MockSettings
from conformance.selftest.support.client.doors import GATEWAY_ERROR, PROJECT, arguments, at
from conformance.selftest.support.servers import raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

SETTINGS = MockSettings()
IAM = "http://127.0.0.1:1"
AUTHS: dict[str, Callable[[str], httpx.Auth]] = {
    "token": lambda _: TokenAuth(SETTINGS.token),
    "key": lambda _: AccessKeyAuth(access_key=SETTINGS.access_key, secret_key=SETTINGS.secret_key),
    "temporary key": lambda _: AccessKeyAuth(
        access_key=SETTINGS.access_key, secret_key=SETTINGS.secret_key, security_token="a-temporary-secret"
    ),
    "provider": lambda _: ProviderAuth(
        lambda: Credentials(access_key=SETTINGS.access_key, secret_key=SETTINGS.secret_key)
    ),
    "password": lambda url: PasswordAuth(
        user=SETTINGS.iam_user, password=SETTINGS.iam_password, domain=SETTINGS.iam_domain, iam_url=url
    ),
}
SECRETS = (SETTINGS.token, SETTINGS.secret_key, SETTINGS.iam_password, "a-temporary-secret")


def secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("auth", AUTHS)
def test_no_log_shows_a_secret_at_any_level(
    mock: MockClient, commit: Door, auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    how: dict[str, Any] = {**at(mock), "auth": AUTHS[auth](mock.server.url)}
    try:
        commit(mock.make(), **how)
    except DrsError:
        # The mock does not know temporary keys.
        assert auth == "temporary key"

    sent = [dict(r["headers"]) for r in mock.client.get("/_mock/requests").json()["requests"]]
    assert any("x-auth-token" in headers or "authorization" in headers for headers in sent)
    logged = [record.getMessage() + repr(record.args) for record in caplog.records]
    assert any("httpcore" in record.name for record in caplog.records)
    assert secrets_in("\n".join(logged)) == []


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("door", [connect, connect_async])
def test_no_repr_shows_a_secret(door: Callable[..., object], auth: str) -> None:
    credentials = AUTHS[auth](IAM)
    proxy = "http://user:secret@proxy.example:3128"
    client = door(**arguments({"auth": credentials, "proxy": proxy, "plain_http": True}))

    shown = repr(client) + repr(vars(client)) + repr(credentials)
    assert secrets_in(shown) == []
    assert "user:secret" not in shown
    assert PROJECT in shown


@pytest.mark.parametrize("how", ["argument", "HTTPS_PROXY"])
@pytest.mark.parametrize("auth", AUTHS)
def test_no_error_shows_the_password_of_a_proxy_that_repeats_it(
    commit: Door, auth: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = base64.b64encode(b"user:s3cret-of-user").decode()
    with raw(f"HTTP/1.1 407 Basic {login} or s3cret-of-user\r\n\r\n".encode()) as url:
        proxy = url.replace("//", "//user:s3cret-of-user@")
        if how != "argument":
            monkeypatch.setenv(how, proxy)
        given: dict[str, Any] = {"proxy": proxy} if how == "argument" else {}
        with pytest.raises(TransportError, match=r"407 Basic \w+\[redacted\]=* or \[redacted\]") as caught:
            commit(auth=AUTHS[auth]("https://iam.example"), **given)

    shown = "".join(traceback.format_exception(caught.value))
    assert login[8:] not in shown
    assert "s3cret-of-user" not in shown


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_no_error_shows_a_secret_that_the_server_repeats(commit: Door, auth: str, status: int) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/tokens":
            return httpx.Response(201, headers={"X-Subject-Token": SETTINGS.token})
        text = " ".join(SECRETS[:3] if auth != "temporary key" else SECRETS)
        return httpx.Response(status, json={**GATEWAY_ERROR, "error_msg": text, "request_id": text})

    own = AUTHS[auth](IAM)
    with pytest.raises(DrsError) as raised:
        commit(auth=own, transport=httpx.MockTransport(echo))

    error = raised.value
    known = [secret for secret in SECRETS if secret in repr(getattr(own, "secrets", ()))]
    said = "".join(traceback.format_exception(error)) + repr(vars(error)) + repr(pickle.dumps(error))
    assert known
    assert [secret for secret in known if secret in said] == []


def test_there_is_one_logger_and_nothing_is_printed_by_default(
    commit: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = iter([httpx.Response(429), httpx.Response(500)])
    with pytest.raises(DrsError):
        commit(transport=httpx.MockTransport(lambda _: next(answers)), retries=Retries(wait=0))

    own = [record for record in caplog.records if "drs_batch_client" in record.pathname]
    assert {record.name for record in own} == {"drs_batch_client"}
    assert [record.levelname for record in own] == ["INFO", "DEBUG"]
    assert capfd.readouterr() == ("", "")
    assert [type(handler) for handler in logging.getLogger("drs_batch_client").handlers] == [logging.NullHandler]
