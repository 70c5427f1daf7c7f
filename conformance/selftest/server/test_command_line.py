"""The mock as a program: what it prints, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

COMMAND = [sys.executable, "-m", "conformance.server"]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own program


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Start the program on a free port and read what it says of itself."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        said: dict[str, str] = {}
        while "Judge it" not in said:
            line = process.stdout.readline()
            assert line, "the program ended early"
            name, _, value = line.rstrip("\n").partition(": ")
            said[name] = value
        yield process, said
    finally:
        process.kill()
        process.communicate()


def test_it_says_where_it_is_and_how_to_use_it() -> None:
    with running() as (_, said):
        url = said["Mock server"]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert said["Judge it"] == f"drs-conform --target {url}"
        index = httpx.get(said["Control interface"], trust_env=False).json()
        assert (index["token"], index["project_id"]) == (said["X-Auth-Token"], said["Project ID"])
        assert said["AK, SK"] == f"{index['access_key']}, {index['secret_key']}"
        assert httpx.get(said["API reference"], trust_env=False).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_told_to(number: signal.Signals) -> None:
    with running() as (process, said), httpx.Client(trust_env=False) as client:
        client.get(said["Control interface"])  # leaves a connection open
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_options_replace_the_fixed_values(tmp_path: Path) -> None:
    options = ["--token", "t", "--project-id", "p", "--access-key", "a", "--secret-key", "s"]
    with running(*options, "--fault", "job-missing", "--database", str(tmp_path / "b.sqlite")) as (_, said):
        assert (said["X-Auth-Token"], said["Project ID"], said["AK, SK"], said["Faults"]) == (
            "t",
            "p",
            "a, s",
            "job-missing",
        )
    assert (tmp_path / "b.sqlite").exists()


def test_without_the_control_interface_the_command_names_the_credentials() -> None:
    with running("--no-control", "--token", "a'b") as (_, said):
        assert "Control interface" not in said
        assert said["Judge it"].endswith("""--project-id 054ba152d480d55b2f5dc0069e7ddef0 --token 'a'"'"'b'""")


def test_a_taken_port_is_named_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run("--port", str(port))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: port {port} is taken")
    assert "--port" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--fault", "error-code-12"], "unknown fault 'error-code-12'; did you mean: error-code-1"),
        (["--database", os.devnull + "/x"], "/x cannot be used"),
        (["--host", "192.0.2.1"], "--host 192.0.2.1 is no address of this machine"),
        (["--token", ""], "--token must be"),
        (["--access-key", "a,b"], "--access-key must be"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(options: list[str], expected: str) -> None:
    result = run("--port", "0", *options)
    assert (result.returncode, result.stdout) == (2, "")
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["-1", "65536", "x", ""])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    result = run(f"--port={port}")
    assert result.returncode == 2
    assert "is no port number" in result.stderr


def test_only_the_control_interface_is_warned_of_beyond_loopback() -> None:
    for options, warned in ([], True), (["--no-control"], False):
        with running("--host", "0.0.0.0", *options) as (process, said):  # noqa: S104 - the point of this test
            assert said["Mock server"].startswith("http://127.0.0.1:")
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)
            assert ("warning" in errors) is warned


def test_it_goes_on_when_nobody_reads_its_output() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*COMMAND, "--port", str(port)], stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    transport = httpx.HTTPTransport(retries=8)  # with a growing pause in between, until the program listens
    with httpx.Client(transport=transport, trust_env=False) as client:
        assert client.get(f"http://127.0.0.1:{port}/_mock/").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=10)[1] == ""
    assert process.returncode == 0
