"""The debug logs of the HTTP library show no header, wherever and under whatever name a server repeats a credential."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import AccessKeyAuth, DrsError, PasswordAuth, TokenAuth
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.support import canaries
from conformance.selftest.support.client.doors import BATCH
from conformance.selftest.support.hostile.listening import Peer, answer, header, listening

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door

ACCESS_KEY = "AKIDEXAMPLE0123456789"
TIMES = b'{"token": {"issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2026-01-02T00:00:00.000000Z"}}'

ECHOES: dict[str, Callable[[str], bytes]] = {
    "headers": lambda secret: answer(401, b"{}", {"X-Auth-Token": secret, "Server": secret, "X-Any": f"<{secret}>"}),
    "the name of a header": lambda secret: answer(401, b"{}", {f"X-{secret.encode().hex()}": "1"}),
    "the reason phrase": lambda secret: answer(401, b"{}", reason=secret),
    "trailers": lambda secret: (
        b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\nTrailer: X-Any\r\n\r\n2\r\n{}\r\n0\r\n"
        + f"X-Any: {secret}\r\n\r\n".encode()
    ),
    "a broken status line": lambda secret: f"HTTP/1.1 {secret}\r\n\r\n".encode(),
    "a broken header": lambda secret: f"HTTP/1.1 200 OK\r\n{secret}\r\n\r\n".encode(),
    "a broken length": lambda secret: answer(200, b"{}", {"Content-Length": secret}),
    "a broken chunk": lambda secret: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{secret}\r\n".encode(),
    "an informational answer": lambda secret: f"HTTP/1.1 103 {secret}\r\nLink: {secret}\r\n\r\n".encode() + answer(401),
}
"""Answers that repeat a secret."""


def logged(caplog: pytest.LogCaptureFixture) -> bytes:
    return "\n".join(f"{record.getMessage()} {record.msg!r} {record.args!r}" for record in caplog.records).encode()


def failing(commit: Door, **how: Any) -> str:  # noqa: ANN401 - of many types
    """Return everything that the error of a call shows."""
    with pytest.raises(DrsError) as caught:
        commit(BATCH, **how)
    return "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


@pytest.mark.parametrize("place", ECHOES)
def test_a_token_that_the_service_repeats_is_not_logged(
    place: str, commit: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = canaries.new()

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(ECHOES[place](token))

    with listening(handle) as server:
        shown = failing(commit, base_url=server.url, auth=TokenAuth(token))

    assert any(record.name.startswith("httpcore") for record in caplog.records)
    assert canaries.leaks(token, {"log": logged(caplog), "error": shown.encode()}) == []


@pytest.mark.parametrize("place", ECHOES)
def test_the_signature_that_the_service_repeats_is_not_shown(
    place: str, commit: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret, sent = canaries.new().replace(",", "."), []

    def handle(peer: Peer) -> None:
        request = peer.request()
        sent.append((header(request, b"authorization") or b"").decode())
        sent.append((header(request, b"x-sdk-date") or b"").decode())
        body = b'{"error_code": "APIGW.0301", "error_msg": "%b", "request_id": "%b"}'
        echo = ECHOES[place](sent[0]).replace(b"{}", b"%b")
        peer.send(echo if place != "headers" else answer(401, body % (sent[0].encode(), sent[1].encode())))

    key = AccessKeyAuth(access_key=ACCESS_KEY, secret_key=secret)
    with listening(handle) as server:
        shown = failing(commit, base_url=server.url, auth=key)

    signature = sent[0].rpartition("=")[2]
    assert len(signature) == 64
    for value in (signature, sent[1], ACCESS_KEY, secret):
        assert canaries.leaks(value, {"log": logged(caplog), "error": shown.encode()}) == []


@pytest.mark.parametrize("name", ["X-Subject-Token", "X-Any", "Set-Cookie"])
def test_a_token_of_iam_is_not_logged(name: str, commit: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token, password = canaries.new(), canaries.new()

    def handle(peer: Peer) -> None:
        if peer.request().startswith(b"POST /v3/auth/tokens"):
            peer.send(answer(201, TIMES, {"X-Subject-Token": token, name: token}, reason=token))
        else:
            peer.send(answer(401, f'{{"error_msg": {token!r}}}'.encode(), {name: token}))

    with listening(handle) as server:
        user = PasswordAuth(user="u", password=password, domain="d", iam_url=server.url)
        shown = failing(commit, base_url=server.url, auth=user)

    assert "receive_response_headers.complete" in caplog.text
    for secret in (token, password):
        assert canaries.leaks(secret, {"log": logged(caplog), "error": shown.encode()}) == []


def test_a_client_of_the_user_logs_no_header_either(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = canaries.new()

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(answer(200, b"{}", {"X-Any": token}, reason=token))

    with listening(handle) as server, httpx.Client(auth=TokenAuth(token), trust_env=False) as client:
        assert client.get(server.url).headers["X-Any"] == token

    assert canaries.leaks(token, {"log": logged(caplog)}) == []
    assert "return_value=(b'HTTP/1.1', 200, [left out])" in caplog.text
    assert f'GET {server.url} "HTTP/1.1 200 [left out]"' in caplog.text


@given(st.binary(max_size=30), st.binary(max_size=30), st.sampled_from(["http11", "http2"]))
def test_no_record_shows_what_an_answer_says(name: bytes, value: bytes, version: str) -> None:
    TokenAuth("token")
    answered = (b"HTTP/1.1", 200, value, [(name, value)]) if version == "http11" else (200, [(name, value)])
    texts = [
        f"receive_response_headers.complete return_value={answered!r}",
        f"receive_response_headers.failed exception={httpx.RemoteProtocolError(f'illegal {value!r}')!r}",
        f"setup_socks5_connection.started host='h' port=1 auth={(name, value)!r}",
    ]
    for library in ("httpcore", "httpcore2"):
        logger = logging.getLogger(f"{library}.{version}")
        records = [logger.makeRecord(logger.name, logging.DEBUG, "", 0, text, (), None) for text in texts]
        assert all(map(logger.filter, records))
        status = "(b'HTTP/1.1', 200, " if version == "http11" else "(200, "
        assert [record.getMessage() for record in records] == [
            f"receive_response_headers.complete return_value={status}[left out])",
            "receive_response_headers.failed exception=RemoteProtocolError([left out])",
            "setup_socks5_connection.started host='h' port=1 auth=([left out])",
        ]


@pytest.mark.parametrize("name", ["hpack.hpack", "hpack.table"])
def test_the_headers_of_http2_are_not_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    TokenAuth("token")
    logging.getLogger(name).debug("HPACK encoding %s", [("x-auth-token", "token")])
    logging.getLogger(name).warning("a warning")

    assert [record.getMessage() for record in caplog.records] == ["a warning"]


@pytest.mark.parametrize(
    ("name", "message", "arguments"),
    [
        ("httpcore.connection", "connect_tcp.started host='h' port=443 local_address=None timeout=5", ()),
        ("httpcore.connection", "connect_tcp.failed exception=ConnectError(ConnectionRefusedError(111, 'no'))", ()),
        ("httpcore.http11", "send_request_headers.started request=<Request [b'POST']>", ()),
        ("httpcore.http11", "receive_response_body.complete", ()),
        ("httpx", 'HTTP Request: %s %s "%s %d %s"', ("GET", "http://h/", "HTTP/1.1", 404, "Not Found")),
        ("httpx", "load_verify_locations cafile=%r", ("c",)),
        ("httpx", "no arguments", ()),
    ],
)
def test_other_records_are_unchanged(name: str, message: str, arguments: tuple[object, ...]) -> None:
    TokenAuth("token")
    logger = logging.getLogger(name)
    record = logger.makeRecord(name, logging.DEBUG, "", 0, message, arguments, None)

    assert logger.filter(record)
    assert record.getMessage() == (message % arguments if arguments else message)
