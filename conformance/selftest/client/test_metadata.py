"""The metadata service of a cloud server gives its access key: at one address, with and without a session token."""

from __future__ import annotations

import json
import ssl
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import AuthenticationError, Credentials, ProviderAuth, TransportError, metadata_credentials
from drs_batch_client.runtime import bodies, metadata

from conformance.selftest.support.client.metadata_service import (
    KEY_PATH,
    MEMBERS,
    SECRETS,
    SESSION,
    TOKEN_PATH,
    Service,
)
from conformance.selftest.support.client.sources import Source
from conformance.selftest.support.servers import holding, raw, trickling, unused_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.selftest.support.client.doors import Door


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    with service.running() as url:
        monkeypatch.setattr(metadata, "_ADDRESS", url)
        yield service


def test_it_is_at_a_link_local_address() -> None:
    assert metadata._ADDRESS == "http://169.254.169.254"  # noqa: SLF001 - tests replace it


def test_the_key_is_asked_for_with_a_session_token(service: Service) -> None:
    key = metadata_credentials()
    (put, token_path, asked), (get, key_path, sent) = service.requests
    assert [(put, token_path), (get, key_path)] == [("PUT", TOKEN_PATH), ("GET", KEY_PATH)]
    assert (asked["x-metadata-token-ttl-seconds"], sent["x-metadata-token"]) == ("21600", SESSION)
    assert (key.access_key, key.secret_key, key.security_token) == ("AK", *SECRETS)
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == "2100-01-01T00:00:00+00:00"


@pytest.mark.parametrize("status", [404, 405, 503])
def test_a_service_without_session_tokens_is_asked_without_one(service: Service, status: int) -> None:
    service.session = (status, b"no such page")
    assert metadata_credentials().access_key == "AK"
    assert "x-metadata-token" not in service.requests[1][2]


def test_it_serves_both_kinds_of_clients_and_is_asked_once(commit: Door, service: Service) -> None:
    drs = Source()
    how: dict[str, Any] = {"auth": ProviderAuth(metadata_credentials), "transport": drs.transport}
    for _ in range(2):
        commit(**how)
    assert drs.signers == ["AK", "AK"]
    assert {sent["x-security-token"] for sent in drs.requests} == {SECRETS[1]}
    assert len(service.requests) == 2


def test_no_proxy_is_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    assert metadata_credentials().access_key == "AK"
    assert len(service.requests) == 2


def test_no_certificates_are_read(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl, "create_default_context", None)
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")
    assert metadata_credentials().access_key == "AK"
    assert len(service.requests) == 2


@pytest.mark.parametrize("part", ["session", "key"])
@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 403, 500])
def test_no_redirect_is_followed_and_another_status_is_an_error(service: Service, part: str, status: int) -> None:
    setattr(service, part, (status, SECRETS[0].encode()))
    with pytest.raises(TransportError, match=rf"does not answer as documented \(status {status}\)$") as caught:
        metadata_credentials()
    assert caught.value.status == status
    assert "/elsewhere" not in [path for _, path, _ in service.requests]


def test_a_server_without_an_agency_is_named_as_the_cause(commit: Door, service: Service) -> None:
    service.key = (401, b"Please configure Cloud Service Agency first")
    drs = Source()
    with pytest.raises(AuthenticationError, match="configure an agency for it") as caught:
        commit(auth=ProviderAuth(metadata_credentials), transport=drs.transport)
    assert caught.value.status == 401
    assert drs.requests == []


WRONG: list[object] = [
    *({"credential": {**MEMBERS, name: value}} for name in MEMBERS for value in (None, "", 7, "a b", ["AK"])),
    *({"credential": {n: v for n, v in MEMBERS.items() if n != name}} for name in MEMBERS),
    *({"credential": {**MEMBERS, "expires_at": time}} for time in ("2100-01-01", "2100-13-01T00:00:00Z", 4102444800)),
    {"credential": [MEMBERS]},
    {"credentials": MEMBERS},
    MEMBERS,
    [MEMBERS],
    None,
]


@pytest.mark.parametrize("document", WRONG, ids=str)
def test_an_answer_that_is_not_documented_is_an_error_that_shows_no_secret(service: Service, document: object) -> None:
    service.key = (200, json.dumps(document).encode())
    with pytest.raises(TransportError, match=r"does not answer as documented \(status 200\)$") as caught:
        metadata_credentials()
    assert [secret for secret in SECRETS if secret in "".join(traceback.format_exception(caught.value))] == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"<html>"])
def test_an_answer_that_is_not_json_is_an_error(service: Service, body: bytes) -> None:
    service.key = (200, body)
    with pytest.raises(TransportError, match="does not answer as documented"):
        metadata_credentials()


@pytest.mark.parametrize("session", ["a\nX-Injected: 1", "a\r\n\r\nb", "\x00"])
def test_a_session_token_that_cannot_be_sent_is_an_error(service: Service, session: str) -> None:
    service.session = (200, session.encode())
    with pytest.raises(TransportError, match=r"does not answer \(ValueError\)") as caught:
        metadata_credentials()
    assert len(service.requests) == 1
    assert "X-Injected" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" "])
def test_blanks_at_the_end_of_a_session_token_are_not_sent(service: Service, end: bytes) -> None:
    service.session = (200, SESSION.encode() + end)
    assert metadata_credentials().access_key == "AK"
    assert service.requests[-1][2]["x-metadata-token"] == SESSION


def test_a_large_answer_is_not_read(service: Service) -> None:
    service.key = (200, b" " * (bodies.LARGEST + 1))
    with pytest.raises(TransportError, match=r"does not answer \(RemoteProtocolError\)"):
        metadata_credentials()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"SSH-2.0\r\n\r\n"])
def test_a_broken_answer_is_an_error(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw(answer) as url:
        monkeypatch.setattr(metadata, "_ADDRESS", url)
        with pytest.raises(TransportError, match="does not answer"):
            metadata_credentials()


def test_a_service_that_is_silent_or_not_there_is_an_error(commit: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "_SECONDS", 0.1)
    monkeypatch.setattr(metadata, "_ADDRESS", f"http://127.0.0.1:{unused_port()}")
    drs = Source()
    how: dict[str, Any] = {"auth": ProviderAuth(metadata_credentials), "transport": drs.transport}
    with pytest.raises(TransportError, match=r"\(ConnectError\); it is there on cloud servers$"):
        commit(**how)
    with holding() as (url, called):
        monkeypatch.setattr(metadata, "_ADDRESS", url)
        with pytest.raises(TransportError, match=r"\(ReadTimeout\)"):
            commit(**how)
        assert called.is_set()
    assert drs.requests == []


@pytest.mark.parametrize("limit", ["_LONGEST", "deadline"])
@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["head", "body"])
def test_a_service_that_sends_one_octet_after_the_other_is_an_error(
    commit: Door, monkeypatch: pytest.MonkeyPatch, head: bytes, limit: str
) -> None:
    drs = Source()
    how: dict[str, Any] = {"auth": ProviderAuth(metadata_credentials), "transport": drs.transport}
    with trickling(head, b"x") as url:
        monkeypatch.setattr(metadata, "_ADDRESS", url)
        if limit == "deadline":
            how["deadline"] = 0.2
        else:
            monkeypatch.setattr(metadata, limit, 0.2)
        with pytest.raises(TransportError, match=r"the metadata service|its deadline of 0\.2 s has passed"):
            commit(**how)
    assert drs.requests == []


def test_an_expired_key_is_an_error(commit: Door, service: Service) -> None:
    service.key = (200, json.dumps({"credential": {**MEMBERS, "expires_at": "2026-01-01T00:00:00Z"}}).encode())
    with pytest.raises(AuthenticationError, match="expired at 2026-01-01"):
        metadata_credentials()
    with pytest.raises(AuthenticationError, match="expired at 2026-01-01"):
        commit(auth=ProviderAuth(metadata_credentials), transport=Source().transport)


@pytest.mark.usefixtures("service")
def test_no_log_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    assert isinstance(metadata_credentials(), Credentials)
    logged = "\n".join(record.getMessage() + repr(record.args) for record in caplog.records)
    assert httpx.__name__ in {record.name for record in caplog.records}
    assert [secret for secret in (SESSION, *SECRETS) if secret in logged] == []
