"""The printed curl commands send the same request, and show the token to nobody."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from conformance.exchange.exchange import Form, Request
from conformance.exchange.tokens import near_misses
from conformance.findings import curl
from conformance.selftest.support.drawn_requests import requests
from conformance.selftest.support.invented_exchanges import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD_TOKEN = r"""a"b\nc'd$HOME`e`#f%s=g;h"""
TARGET = "/v5/p/batch-async-jobs/{b}[1-2]/../commit"
FUNCTION = """curl() {
for word; do printf "%s\\0" "$word"; done
case "$*" in *"-K -"*) cat;; *"-K /dev/fd/3"*) cat /dev/fd/3;; esac
printf "\\0"
case "$*" in *"@-") cat;; esac
}
"""


def environment(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DRS_TOKEN": TOKEN, **variables}


@given(requests)
def test_a_printed_command_sends_the_same_request(request: Request) -> None:
    """With a shell function in place of curl that prints its arguments, its configuration and its input."""
    command = curl.commands([request], tokens=[TOKEN])
    run = ["/bin/sh", "-c", FUNCTION + command]
    output = subprocess.run(
        run, env=environment(DRS_TARGET="http://target"), capture_output=True, check=True, timeout=10
    ).stdout
    count = output.count(b"\0") - (request.body.count(b"\0") if b"@-" in output else 0)
    *words, configuration, body = output.split(b"\0", count)
    arguments = [word.decode() for word in words]

    assert TOKEN not in command or any(TOKEN in value and value != TOKEN for _, value in request.headers)
    assert f"http://target{request.target}" in arguments
    assert "--globoff" in arguments
    assert configuration.decode() == "".join(
        f"header = {name}:{value}\n" for name, value in request.headers if (name, value) == ("X-Auth-Token", TOKEN)
    )
    assert [a for a in arguments if a.startswith("X-Other")] == [
        f"X-Other: {value}" if value else "X-Other;" for name, value in request.headers if name == "X-Other"
    ]
    if request.body:
        sent = body if "@-" in arguments else arguments[arguments.index("--data-raw") + 1].encode()
        assert sent == request.body


class Recorder(http.server.BaseHTTPRequestHandler):
    """Records one request, and the command lines of all processes meanwhile."""

    requests: list[tuple[str, list[tuple[str, str]], bytes]]
    processes: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.requests.append((self.path, self.headers.items(), body))
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.processes.append(path.read_bytes())
            except OSError:  # it has ended
                continue
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def recording() -> Iterator[tuple[type[Recorder], str]]:
    recorder = type("Fresh", (Recorder,), {"requests": [], "processes": []})
    with http.server.HTTPServer(("127.0.0.1", 0), recorder) as server:
        server.timeout = 30
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        try:
            yield recorder, f"http://127.0.0.1:{server.server_port}"
        finally:
            thread.join()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("shell", [name for name in ("sh", "bash", "dash", "busybox") if shutil.which(name)])
@pytest.mark.parametrize("body", [b"", b"{}", b"\x00\n\xff%s'"])
@pytest.mark.parametrize("token", [TOKEN, ODD_TOKEN])
def test_no_process_has_the_token_among_its_arguments(shell: str, body: bytes, token: str) -> None:
    for value in (token, *near_misses(token)):
        request = Request("POST", TARGET, (("X-Language", "en-us"), ("X-Auth-Token", value)), body)
        command = curl.commands([request], tokens=[token])
        words = ["busybox", "sh", "-c", command] if shell == "busybox" else [shell, "-c", command]
        with recording() as (recorder, url):
            subprocess.run(
                words, env=environment(DRS_TARGET=url, DRS_TOKEN=token), capture_output=True, check=True, timeout=30
            )

        [(path, headers, sent)] = recorder.requests
        assert (path, sent) == (TARGET, body)
        assert [value for name, value in headers if name.lower() == "x-auth-token"] == [value]
        assert [value for name, value in headers if name.lower() == "x-language"] == ["en-us"]
        assert any(b"curl" in line for line in recorder.processes)
        assert not any(value.encode() in line for line in recorder.processes)


def test_each_further_token_is_the_variable_of_its_option() -> None:
    tokens = {"foreign-token": "token-of-theirs", "expired-token": "token-of-the-mock"}
    requests = [Request("POST", "/", (("X-Auth-Token", value),)) for value in (TOKEN, *tokens.values())]

    own, foreign, expired = curl.commands(requests, tokens=[TOKEN, "token-of-theirs"], others=tokens).splitlines()

    assert '"$DRS_TOKEN"' in own
    assert '"$DRS_FOREIGN_TOKEN"' in foreign
    assert "'X-Auth-Token: token-of-the-mock'" in expired


def test_blanks_around_a_token_do_not_hide_that_it_is_the_token() -> None:
    request = Request("POST", "/", (("X-Auth-Token", f"\t {TOKEN} \t"),), form=Form())

    command = curl.commands([request], tokens=[TOKEN])

    assert TOKEN not in command
    assert "$DRS_TOKEN" in command
