"""The printed curl commands send the same request."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from hypothesis import given

from conformance.findings import curl
from conformance.selftest.support.drawn_requests import requests
from conformance.selftest.support.invented_exchanges import TOKEN

if TYPE_CHECKING:
    from conformance.exchange.exchange import Request


@given(requests)
def test_a_printed_command_sends_the_same_request(request: Request) -> None:
    """With a shell function in place of curl that prints its arguments and its input."""
    command = curl.commands([request], tokens=[TOKEN])
    function = 'curl() { for word; do printf "%s\\0" "$word"; done; case "$*" in *"@-") cat;; esac; }\n'
    output = subprocess.run(
        ["/bin/sh", "-c", function + command],
        env={"PATH": os.environ["PATH"], "DRS_TARGET": "http://target", "DRS_TOKEN": TOKEN},
        capture_output=True,
        check=True,
        timeout=10,
    ).stdout
    *words, body = output.split(b"\0", output.count(b"\0") - request.body.count(b"\0") if b"@-" in output else -1)
    arguments = [word.decode() for word in words]

    assert TOKEN not in command or any(TOKEN in value and value != TOKEN for _, value in request.headers)
    assert f"http://target{request.target}" in arguments
    assert [a for a in arguments if a.startswith("X-Other")] == [
        f"X-Other: {value}" if value else "X-Other;" for name, value in request.headers if name == "X-Other"
    ]
    if request.body:
        sent = body if "@-" in arguments else arguments[arguments.index("--data-raw") + 1].encode()
        assert sent == request.body
