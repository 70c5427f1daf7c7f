"""Whole runs on a target that repeats the secrets, in each encoding of conformance/docs/redaction.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.auth.signing import sent_credentials
from conformance.config.options import without_variables
from conformance.exchange.redaction import MASK
from conformance.mock.settings import PROJECT_ID
from conformance.selftest.support import canaries
from conformance.selftest.support.encodings import ENCODINGS
from conformance.selftest.support.hostile.listening import Listener, Peer, answer, header, listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from conformance.selftest.support.command_line import CommandLine, Completed

SUITE = Path(__file__).parents[2] / "suite"
NAMES = tuple(ENCODINGS)
GROUPS = [NAMES[start : start + 4] for start in range(0, len(NAMES), 4)]
"""The encodings of an answer, which a report shows in full."""

grouped = pytest.mark.parametrize("names", GROUPS, ids=", ".join)


def _repeating(names: tuple[str, ...], repeated: Callable[[bytes], str]) -> AbstractContextManager[Listener]:
    """Answer each request with a body that is not JSON, with some of its head in each encoding."""

    def handle(peer: Peer) -> None:
        text = repeated(peer.request())
        body = "\n\n".join(f"{name}: ({ENCODINGS[name](text)})" for name in names)
        headers = {f"X-Echo-{number}": ENCODINGS[name](text) for number, name in enumerate(names)}
        visible = {name: value for name, value in headers.items() if value.isascii() and value.isprintable()}
        peer.send(answer(400, body.encode(), {"X-Any": text, **visible}, reason=text))

    return listening(handle)


def _leaks(run: Completed, secret: str, *others: str) -> list[str]:
    places = {"stdout": run.out.encode(), "stderr": run.err.encode(), **canaries.contents(run.directory)}
    return canaries.leaks(secret, places, *others)


def _shown(run: Completed) -> str:
    [finding] = run.requirement("ERR-001")["findings"]
    return json.dumps(finding["response"])


@grouped
def test_no_report_shows_the_token_in_any_encoding(names: tuple[str, ...], drs_conform: CommandLine) -> None:
    token = canaries.new()
    with _repeating(names, lambda _: token) as server:
        run = drs_conform("--target", server.url, "--project-id", PROJECT_ID, "--only", "ERR-001", DRS_TOKEN=token)

    assert run.code == 1
    assert [name for name in names if f"{json.dumps(name)[1:-1]}: (" not in _shown(run)] == []
    assert _shown(run).count(MASK) >= len(names)
    assert _leaks(run, token) == []


def test_no_report_shows_the_session_that_a_cookie_stands_for(drs_conform: CommandLine) -> None:
    session = canaries.new()

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(answer(400, b"no JSON", {"Set-Cookie": f"session={session}; HttpOnly"}))

    with listening(handle) as server:
        run = drs_conform("--target", server.url, "--project-id", PROJECT_ID, "--only", "ERR-001", DRS_TOKEN="t" * 20)

    assert run.code == 1
    assert MASK in _shown(run)
    assert _leaks(run, session) == []


@grouped
def test_no_report_shows_a_signature_in_any_encoding(names: tuple[str, ...], drs_conform: CommandLine) -> None:
    secret_key = canaries.new()
    sent: set[str] = set()

    def repeated(request: bytes) -> str:
        fields = [(name, (header(request, name.encode()) or b"").decode()) for name in ("authorization", "x-sdk-date")]
        sent.update(filter(None, sent_credentials(fields)))  # the search for a mock is not signed
        return " ".join(value for _, value in fields)

    with _repeating(names, repeated) as server:
        run = drs_conform("--target", server.url, "--project-id", PROJECT_ID, "--only", "ERR-001",
                          DRS_ACCESS_KEY="AKIDEXAMPLE012345678", DRS_SECRET_KEY=secret_key)  # fmt: skip

    assert run.code == 1
    assert {len(value) for value in sent} >= {16, 20, 64}
    assert "SDK-HMAC-SHA256 Access=[redacted]" in _shown(run) or "plain" not in names
    assert _leaks(run, secret_key, *sent) == []


@pytest.fixture
def cloud() -> Iterator[tuple[str, str]]:
    """Run an IAM that issues a token in any header, and a service that repeats it; yield the URL and the token."""
    token = canaries.new()
    times = {"issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2026-01-02T00:00:00.000000Z"}

    def handle(peer: Peer) -> None:
        iam = peer.request().startswith(b"POST /v3/auth/tokens")
        body = json.dumps({"token": times} if iam else {"error_code": "short", "error_msg": token}).encode()
        headers = {"X-Subject-Token": token, "X-Any": token, "Set-Cookie": f"t={token}", "Server": token}
        peer.send(answer(201 if iam else 400, body, headers, reason=token))

    with listening(handle) as server:
        yield server.url, token


def test_no_debug_log_of_pytest_shows_a_header(cloud: tuple[str, str], tmp_path: Path) -> None:
    url, token = cloud
    password = canaries.new()
    (tmp_path / "pytest.ini").touch()
    process = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", f"--rootdir={tmp_path}", "-c", str(tmp_path / "pytest.ini"), str(SUITE)),
            *("--import-mode=importlib", "--log-file", str(tmp_path / "log"), "--log-file-level=DEBUG", "-o"),
            *("log_cli=true", "--log-level=DEBUG", "--junit-xml", str(tmp_path / "junit"), "--target", url),
            *("--project-id", PROJECT_ID, "--report-dir", str(tmp_path / "reports"), "--only", "ERR-003"),
        ],
        env={
            **without_variables(os.environ),
            "DRS_IAM_ENDPOINT": url,
            "DRS_IAM_USER": "u",
            "DRS_IAM_DOMAIN": "d",
            "DRS_IAM_PASSWORD": password,
        },
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=120,
    )

    places = {"out": process.stdout, "err": process.stderr, **canaries.contents(tmp_path)}
    assert process.returncode == 1
    assert b"httpcore.http11:_trace.py" in places["log"]
    assert b"receive_response_headers.complete return_value=(b'HTTP/1.1', 201, [left out])" in places["log"]
    assert canaries.leaks(token, places, password) == []
