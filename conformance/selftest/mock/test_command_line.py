"""The mock as a program: its output, and its end."""

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

COMMAND = [sys.executable, "-m", "conformance.mock"]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Start the program on a free port, and yield it with the lines that it prints, by name."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        printed: dict[str, str] = {}
        while "Check it" not in printed:
            line = process.stdout.readline()
            assert line, "the program exited early"
            name, _, value = line.rstrip("\n").partition(": ")
            printed[name] = value
        yield process, printed
    finally:
        process.kill()
        process.communicate()


def test_it_prints_its_address_and_how_to_use_it() -> None:
    with running() as (_, printed):
        url = printed["Mock server"]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert printed["Check it"] == f"drs-conform --target {url}"
        index = httpx.get(printed["Control interface"], trust_env=False).json()
        assert (index["token"], index["project_id"]) == (printed["X-Auth-Token"], printed["Project ID"])
        assert printed["AK, SK"] == f"{index['access_key']}, {index['secret_key']}"
        assert httpx.get(printed["API reference"], trust_env=False).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_exits_with_0_on_a_signal(number: signal.Signals) -> None:
    with running() as (process, printed), httpx.Client(trust_env=False) as client:
        client.get(printed["Control interface"])  # leaves a connection open
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_options_replace_the_fixed_values(tmp_path: Path) -> None:
    options = ["--token", "t", "--project-id", "p", "--access-key", "a", "--secret-key", "s"]
    with running(*options, "--fault", "job-missing", "--database", str(tmp_path / "b.sqlite")) as (_, printed):
        assert (printed["X-Auth-Token"], printed["Project ID"], printed["AK, SK"], printed["Faults"]) == (
            "t",
            "p",
            "a, s",
            "job-missing",
        )
    assert (tmp_path / "b.sqlite").exists()


def test_without_the_control_interface_the_command_names_the_credentials() -> None:
    with running("--no-control", "--token", "a'b") as (_, printed):
        assert "Control interface" not in printed
        assert printed["Check it"].endswith("""--project-id 054ba152d480d55b2f5dc0069e7ddef0 --token 'a'"'"'b'""")


def test_a_port_in_use_is_reported_with_the_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run("--port", str(port))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: port {port} is in use")
    assert "--port" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--fault", "error-code-12"], "unknown fault 'error-code-12'; did you mean: error-code-1"),
        (["--database", os.devnull + "/x"], "/x cannot be used"),
        (["--host", "192.0.2.1"], "--host 192.0.2.1 is not an address"),
        (["--token", ""], "--token must be"),
        (["--access-key", "a,b"], "--access-key must be"),
        (
            ["--control-host", "a:80"],
            "--control-host 'a:80' is not a host name or an IP address; give one without a port",
        ),
    ],
)
def test_unusable_options_are_refused_in_one_line(options: list[str], expected: str) -> None:
    result = run("--port", "0", *options)
    assert (result.returncode, result.stdout) == (2, "")
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["-1", "65536", "x", ""])
def test_an_invalid_port_is_refused(port: str) -> None:
    result = run(f"--port={port}")
    assert result.returncode == 2
    assert f"argument --port: {port!r}" in result.stderr


def test_a_control_interface_beyond_loopback_prints_a_warning() -> None:
    for options, warns in ([], True), (["--no-control"], False):
        with running("--host", "0.0.0.0", *options) as (process, printed):  # noqa: S104 - this test is about other addresses
            assert printed["Mock server"].startswith("http://127.0.0.1:")
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)
            assert ("warning" in errors) is warns


def test_it_keeps_serving_when_its_output_is_closed() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen([*COMMAND, "--port", str(port)], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    transport = httpx.HTTPTransport(retries=8)  # with growing pauses, until the program listens
    with httpx.Client(transport=transport, trust_env=False) as client:
        assert client.get(f"http://127.0.0.1:{port}/_mock/").status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=10)[1] == ""
    assert process.returncode == 0


def test_hosts_of_the_command_line_are_served() -> None:
    cases = {
        "127.0.0.1": {"127.0.0.1:1": 421, "0.0.0.0:{port}": 421, "drs-mock": 421},
        "0.0.0.0": {"0.0.0.0:{port}": 200, "localhost:{port}": 200, "drs-mock": 421},  # noqa: S104 - about other addresses
        "127.0.0.1 --control-host drs-mock --control-host 192.0.2.1": {"drs-mock": 200, "192.0.2.1": 200, "x": 421},
    }
    for options, statuses in cases.items():
        with running("--host", *options.split()) as (_, printed), httpx.Client(trust_env=False) as client:
            port = printed["Mock server"].rpartition(":")[2]
            for host, status in statuses.items():
                response = client.get(printed["Control interface"], headers={"Host": host.format(port=port)})
                assert (options, host, response.status_code) == (options, host, status)
