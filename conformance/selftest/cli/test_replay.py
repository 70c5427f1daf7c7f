"""Tests of `drs-conform replay`, from the file of a finding to the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import PROJECT_ID, TOKEN, MockSettings
from conformance.selftest.reports import golden
from conformance.selftest.support.hostile.listening import Peer, answer, listening
from conformance.selftest.support.servers import unused_port

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.selftest.support.command_line import CommandLine

FAULT = "error-code-11"
ACCOUNT = ("--project-id", PROJECT_ID, "--token", TOKEN)


@pytest.fixture
def finding(drs_conform: CommandLine) -> Path:
    """The file of a finding of ERR-003, on a mock that has ended since."""
    with EmbeddedServer(MockSettings(faults=(FAULT,))) as mock:
        outcome = drs_conform("--target", mock.url, "--only", "ERR-003")
    return outcome.directory / "findings" / "ERR-003.json"


@pytest.mark.parametrize(("faults", "code", "verdict"), [((FAULT,), 1, "still broken"), ((), 0, "fixed")])
def test_a_finding_is_still_broken_or_fixed(
    faults: tuple[str, ...], code: int, verdict: str, finding: Path, drs_conform: CommandLine
) -> None:
    with EmbeddedServer(MockSettings(faults=faults)) as mock:
        outcome = drs_conform("replay", str(finding), "--target", mock.url)

    assert outcome.code == code
    assert outcome.out.startswith(f"ERR-003 {verdict}")


def test_a_finding_on_another_server_needs_a_target(finding: Path, drs_conform: CommandLine) -> None:
    outcome = drs_conform("replay", str(finding))

    assert outcome.code == 2
    assert "--target" in outcome.err


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "DELETE"},
        {"method": "GET", "target": "/v5/{project}/victims", "batch": None},
        {"target": "/v5/{project}/batch-async-jobs/{batch}/commit?victim=1"},
        {"body": '{"victim": 1}'},
        {"headers": [["Authorization", "victim"]]},
    ],
)
def test_a_request_that_is_not_safe_is_not_sent(
    changed: dict[str, object], tmp_path: Path, drs_conform: CommandLine
) -> None:
    received: list[bytes] = []

    def handle(peer: Peer) -> None:
        received.append(peer.request())
        peer.send(answer(404, b'{"error_code": "DRS.10000001", "error_msg": "No such task."}'))

    document = json.loads((golden.FOLDER / "ERR-003.json").read_text(encoding="utf-8"))
    plain, harmful = tmp_path / "plain.json", tmp_path / "harmful.json"
    plain.write_text(json.dumps(document), encoding="utf-8")
    request = {**document["requests"][-1], **changed}
    harmful.write_text(json.dumps({**document, "requests": [request]}), encoding="utf-8")

    with listening(handle) as server:
        drs_conform("replay", str(plain), "--target", server.url, *ACCOUNT)
        sent = len([message for message in received if b"/commit" in message])
        received.clear()
        drs_conform("replay", str(harmful), "--target", server.url, *ACCOUNT)

    assert sent
    assert [m for m in received if b"victim" in m or m.startswith(b"DELETE")] == []


@pytest.mark.parametrize("command", ["run", "replay"])
def test_without_a_token_nothing_is_sent_and_the_reason_is_printed(
    command: str, finding: Path, drs_conform: CommandLine
) -> None:
    iam = f"http://127.0.0.1:{unused_port()}"
    login = ("--iam-user", "u", "--iam-password", "p", "--iam-domain", "d", "--iam-endpoint", iam)
    words = ("replay", str(finding)) if command == "replay" else ()

    outcome = drs_conform(*words, "--target", f"http://127.0.0.1:{unused_port()}", "--project-id", "p", *login)

    assert outcome.code == 4
    assert iam in outcome.err + outcome.out
