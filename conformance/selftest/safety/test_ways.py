"""Tests of the ways to a target: IPv6, a path prefix, TLS and a proxy; settings of the environment are ignored."""

from __future__ import annotations

import contextlib
import socket
import ssl
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpcore
import httpx
import pytest

from conformance.cli.targets.runs import prepare
from conformance.config.settings import REMOTE_MAX_REQUESTS, REMOTE_RATE, Settings
from conformance.config.targets_file import Target
from conformance.errors import ConfigurationError
from conformance.exchange.exchange import Request, Response, TransportFailure
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import PROJECT_ID, TOKEN
from conformance.selftest.support.hostile.listening import listening
from conformance.selftest.support.hostile.relay import relay
from conformance.selftest.support.servers import answering, unused_port
from conformance.spec import catalogue
from conformance.target.limits import Limits
from conformance.target.transport import CONNECTION_ATTEMPTS, HttpTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.selftest.support.command_line import CommandLine
    from conformance.selftest.support.hostile.listening import Peer

CERTIFICATE = Path(__file__).parents[1] / "support" / "hostile" / "certificates" / "self-signed.pem"
CERTIFICATE_HASH = "0527de24.0"
"""Name by which OpenSSL finds it in a directory: `openssl x509 -hash`."""
CALL = Request("GET", "/", ())
SHORT = ("--only", "ERR-003")
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def test_an_ipv6_target_is_judged(drs_conform: CommandLine) -> None:
    with contextlib.ExitStack() as servers:
        try:
            mock = servers.enter_context(EmbeddedServer(host="::1"))
        except OSError:
            pytest.skip("this machine has no IPv6")
        outcome = drs_conform("--target", mock.url, *SHORT)

    assert mock.url.startswith("http://[::1]:")
    assert outcome.code == 0


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_target_with_a_path_prefix_is_judged(slash: str, drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock, listening(partial(_forward, mock.url, b"/regions/one")) as gateway:
        outcome = drs_conform("--target", f"{gateway.url}/regions/one{slash}", *SHORT, *_ACCOUNT)

    assert outcome.code == 0


def test_a_self_signed_certificate_is_trusted_only_if_ca_file_names_it(drs_conform: CommandLine) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with EmbeddedServer() as mock, listening(lambda peer: relay(peer, _port(mock.url)), context) as server:
        trusted = drs_conform("--target", server.url, *SHORT, *_ACCOUNT, "--ca-file", str(CERTIFICATE))
        untrusted = drs_conform("--target", server.url, *SHORT, *_ACCOUNT)

    assert trusted.code == 0
    assert untrusted.code == 4
    assert "--ca-file" in untrusted.out.splitlines()[0]


def test_certificates_and_key_logs_of_the_environment_are_ignored(drs_conform: CommandLine, tmp_path: Path) -> None:
    (tmp_path / CERTIFICATE_HASH).write_bytes(CERTIFICATE.read_bytes())
    keys = tmp_path / "keys"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with EmbeddedServer() as mock, listening(lambda peer: relay(peer, _port(mock.url)), context) as server:
        run = partial(drs_conform.process, "--target", server.url, *SHORT, *_ACCOUNT)
        by_file = run(SSL_CERT_FILE=str(CERTIFICATE))
        by_directory = run(SSL_CERT_DIR=str(tmp_path))
        logged = run("--ca-file", str(CERTIFICATE), SSLKEYLOGFILE=str(keys))
        not_logged = run("--ca-file", str(CERTIFICATE), SSLKEYLOGFILE="/missing/file")

    assert (by_file.code, by_directory.code, logged.code, not_logged.code) == (4, 4, 0, 0)
    assert not keys.exists()


def test_a_configured_proxy_is_used(drs_conform: CommandLine) -> None:
    lines: list[bytes] = []
    with listening(partial(_refuse, lines)) as server:
        outcome = drs_conform("--target", "http://drs.example.invalid", "--project-id", "p", DRS_TOKEN="t0ken-of-mine",
                              DRS_PROXY=server.url)  # fmt: skip

    assert outcome.code == 3
    assert [line.split(b"/commit")[0].startswith(b"POST http://drs.example.invalid/v5/p/") for line in lines] == [True]
    assert "drs-conform: --target: http://drs.example.invalid receives the token unencrypted" in outcome.err


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://127.9.9.9:1", "https://[::1]:1"])
def test_a_target_behind_a_proxy_is_never_local(url: str) -> None:
    options = {"target": url, "token": "t0ken-of-mine", "project_id": "p"}
    local, behind = Settings.read(options), Settings.read({**options, "proxy": "http://proxy.example.invalid:3128"})

    assert (local.profile, local.rate, local.max_requests, local.warning) == ("full", None, None, "")
    assert (behind.profile, behind.rate, behind.max_requests) == ("safe", REMOTE_RATE, REMOTE_MAX_REQUESTS)
    assert ("--target" in behind.warning) == url.startswith("http:")
    for needed in ("token", "project_id"):
        with pytest.raises(ConfigurationError, match=f"--{needed.replace('_', '-')}"):
            Settings.read({key: value for key, value in {**options, "proxy": "http://proxy"}.items() if key != needed})
    with pytest.raises(ConfigurationError, match="--profile full"):
        Settings.read({**options, "proxy": "http://proxy", "profile": "full"})


@pytest.mark.parametrize(
    "host", ["localhost.example.invalid", "127.0.0.1.example.invalid", "128.0.0.1", "[::2]", "localhost1"]
)
def test_a_host_that_resembles_loopback_is_not_local(host: str) -> None:
    settings = Settings.read({"target": f"http://{host}:1", "token": "t0ken-of-mine", "project_id": "p"})

    assert (settings.profile, settings.rate) == ("safe", REMOTE_RATE)


def test_the_scheme_of_a_url_is_read_in_any_case() -> None:
    options = {"token": "t0ken-of-mine", "project_id": "p"}
    user = {"iam_user": "u", "iam_password": "p", "iam_domain": "d", "iam_endpoint": "HTTP://iam.example.invalid"}

    assert Settings.read({**options, "target": "HTTP://drs.example.invalid"}).warning
    assert not Settings.read({**options, "target": "HTTPS://drs.example.invalid"}).warning
    with pytest.raises(ConfigurationError, match="--iam-endpoint"):
        Settings.read({"target": "https://drs.example.invalid", "project_id": "p", **user})


def test_the_token_of_a_temporary_key_is_not_sent_in_clear_text_without_a_warning() -> None:
    key = {"target": "http://drs.example.invalid", "project_id": "p", "access_key": "AK", "secret_key": "s3cret-key"}

    assert not Settings.read(key).warning
    assert Settings.read({**key, "security_token": "t0ken-of-mine"}).warning


def test_a_password_is_not_sent_in_clear_text_through_a_proxy() -> None:
    user = {"iam_user": "u", "iam_password": "p", "iam_domain": "d", "iam_endpoint": "http://127.0.0.1:1"}
    options = {"target": "https://drs.example.invalid", "project_id": "p", **user}

    assert Settings.read(options).login is not None
    with pytest.raises(ConfigurationError, match="--iam-endpoint"):
        Settings.read({**options, "proxy": "http://proxy"})


def test_each_of_several_targets_behind_a_proxy_needs_credentials(tmp_path: Path) -> None:
    target = Target("north", {"target": "http://127.0.0.1:1", "proxy": "http://proxy"}, frozenset())

    with pytest.raises(ConfigurationError, match="token_env"):
        prepare([target], {"report_dir": str(tmp_path)}, tmp_path / "targets.toml", catalogue.load())


def test_a_mock_behind_a_proxy_is_not_asked_for_its_keys(drs_conform: CommandLine) -> None:
    lines: list[bytes] = []
    with EmbeddedServer() as mock, listening(partial(_refuse, lines)) as server:
        outcome = drs_conform("--target", mock.url, *SHORT, *_ACCOUNT, DRS_PROXY=server.url)

    assert outcome.report["profile"] == "safe"
    assert lines
    assert [line for line in lines if b"/_mock" in line] == []


def test_the_built_in_mock_is_called_without_the_proxy(drs_conform: CommandLine) -> None:
    received: list[bytes] = []
    with listening(lambda peer: received.append(peer.request())) as server:
        outcome = drs_conform(*SHORT, DRS_PROXY=server.url)

    assert (outcome.code, received) == (0, [])


def test_credentials_of_a_proxy_are_shown_nowhere(drs_conform: CommandLine) -> None:
    outcome = drs_conform(
        "--target", "http://drs.example.invalid", "--project-id", "p", DRS_TOKEN="t0ken-of-mine",
        DRS_PROXY=f"http://user:s3cret-of-user@127.0.0.1:{unused_port()}",
    )  # fmt: skip

    assert outcome.code == 4
    files = [file.read_text(encoding="utf-8") for file in outcome.directory.rglob("*") if file.is_file()]
    assert "s3cret-of-user" not in "".join([outcome.out, outcome.err, *files])


def test_proxies_and_credentials_of_the_environment_are_ignored(drs_conform: CommandLine, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password s3cret-of-user\n", encoding="utf-8")
    variables = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"), nowhere)

    with EmbeddedServer() as mock:
        outcome = drs_conform(
            "--target", mock.url, *SHORT, NO_PROXY="", HOME=str(tmp_path), NETRC=str(tmp_path / ".netrc"), **variables
        )
        received = {name for request in mock.app.record.listed() for name, _ in request.headers}

    assert outcome.code == 0
    assert "authorization" not in received


def test_no_redirect_is_followed(drs_conform: CommandLine) -> None:
    received: list[bytes] = []
    with (
        listening(lambda peer: received.append(peer.request())) as other,
        answering(307, b"", {"Location": f"{other.url}/elsewhere"}) as url,
    ):
        outcome = drs_conform("--target", url)

    assert outcome.code == 3
    assert other.url in outcome.out.splitlines()[0]
    assert received == []


@pytest.mark.parametrize("refusals", range(CONNECTION_ATTEMPTS + 1))
def test_a_refused_connection_is_retried(refusals: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with _refused_first(refusals, monkeypatch) as attempts, answering(200, b"{}") as url, _transport(url) as transport:
        [outcome] = transport.send([CALL])

    if refusals < CONNECTION_ATTEMPTS:
        assert isinstance(outcome, Response)
    else:
        assert isinstance(outcome, TransportFailure)
        assert outcome.kind == "unreachable"
    assert len(attempts) == min(refusals + 1, CONNECTION_ATTEMPTS)
    assert transport.sent == 1


def test_a_request_that_was_sent_is_not_retried() -> None:
    received: list[bytes] = []
    with listening(lambda peer: received.append(peer.request())) as server, _transport(server.url) as transport:
        [outcome] = transport.send([CALL])

    assert isinstance(outcome, TransportFailure)
    assert outcome.kind == "protocol"
    assert len(received) == 1


_ACCOUNT = ("--project-id", PROJECT_ID, "--token", TOKEN)


def _transport(url: str) -> HttpTransport:
    return HttpTransport(url, Limits(timeout=10))


@contextlib.contextmanager
def _refused_first(refusals: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Refuse the first connections; yields a list with one item for each attempt."""
    attempts: list[int] = []
    handle = httpcore.AsyncConnectionPool.handle_async_request

    async def refuse(self: httpcore.AsyncConnectionPool, request: httpcore.Request) -> httpcore.Response:
        attempts.append(1)
        if len(attempts) <= refusals:
            raise httpcore.ConnectError("refused")
        return await handle(self, request)

    monkeypatch.setattr(httpcore.AsyncConnectionPool, "handle_async_request", refuse)
    yield attempts


def _refuse(lines: list[bytes], peer: Peer) -> None:
    """Record the request line, and answer 404."""
    lines.append(peer.request().partition(b"\r\n")[0])
    peer.send(NOT_FOUND)


def _forward(url: str, prefix: bytes, peer: Peer) -> None:
    """Forward a request below the prefix, without the prefix; answer 404 to any other."""
    request = peer.request()
    method, _, rest = request.partition(b" ")
    if not rest.startswith(prefix + b"/"):
        peer.send(NOT_FOUND)
        return
    line, _, head = rest.removeprefix(prefix).partition(b"\r\n")
    with socket.create_connection(("127.0.0.1", _port(url))) as behind:
        behind.sendall(b"\r\n".join((method + b" " + line, b"Connection: close", head)))
        while octets := behind.recv(65536):
            peer.send(octets)


def _port(url: str) -> int:
    return httpx.URL(url).port or 0
