"""Requests that the control interface refuses: other hosts, other sites, and other media types."""

import json
import socket

import pytest

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.selftest.support.mock_client import READY, MockClient, exchange, running_mock

BATCH = json.dumps({"status": READY}).encode()
SERVED = [
    "127.0.0.1:{port}",
    "127.0.0.1.:{port}",
    "127.1:{port}",
    "127.9.9.9:{port}",
    "0x7f000001:{port}",
    "2130706433:{port}",
    "0177.0.0.1:{port}",
    "localhost:{port}",
    "localhost.:{port}",
    "LocalHost:{port}",
    "[::1]:{port}",
    "[0:0:0:0:0:0:0:1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
]
REFUSED = [
    "",
    "evil.example",
    "evil.example:{port}",
    "localhost",
    "localhost:1",
    "localhost:",
    "localhost:{port}0",
    "127.0.0.1",
    "localhost.evil.example:{port}",
    "evil.example.localhost:{port}",
    "localhost..:{port}",
    ".localhost:{port}",
    "127.0.0.1.evil.example:{port}",
    "127.0.0.1.nip.example:{port}",
    "localhost:{port}@evil.example",
    "evil.example@localhost:{port}",
    "user:password@localhost:{port}",
    "localhost:{port}, evil.example",
    "localhost:{port}/",
    "localhost:{port}#",
    "localhost %:{port}",
    "127.0.0.1 evil.example:{port}",
    "loc%61lhost:{port}",
    "localhost\u00ad:{port}",
    "::1:{port}",
    "[::1:{port}",
    "[::1%25lo]:{port}",
    "[localhost]:{port}",
    "[127.0.0.1]:{port}",
    "0.0.0.0:{port}",
    "[::]:{port}",
    "192.0.2.1:{port}",
    "10.0.0.1:{port}",
    "[2001:db8::1]:{port}",
    "[::ffff:192.0.2.1]:{port}",
]


def port(server: EmbeddedServer) -> str:
    return server.url.rpartition(":")[2]


def request(*lines: str, start: str = "GET /_mock/ HTTP/1.1", body: bytes = b"") -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([start, *lines, *length, "Connection: close", "", ""]).encode() + body


def described(server: EmbeddedServer, host: str) -> int:
    """Return the status of the description of the mock; an answer other than 200 has no key and no token."""
    response = exchange(server, request(f"Host: {host.format(port=port(server))}"))
    settings = server.settings
    assert (settings.secret_key in response.text) is (settings.token in response.text) is (response.status_code == 200)
    return response.status_code


@pytest.mark.parametrize("host", SERVED)
def test_each_spelling_of_loopback_is_served(shared_mock: MockClient, host: str) -> None:
    assert described(shared_mock.server, host) == 200


@pytest.mark.parametrize("host", REFUSED)
def test_any_other_host_is_refused(shared_mock: MockClient, host: str) -> None:
    assert described(shared_mock.server, host) == 421


def test_the_refusal_of_a_host_names_the_option(shared_mock: MockClient) -> None:
    response = shared_mock.client.get("/_mock/", headers={"Host": "drs-mock:8000"})

    assert response.json() == {
        "mock": "drs",
        "error": "the control interface is not served to the host 'drs-mock:8000'; if that is a name of this mock, "
        "start it with --control-host",
    }
    assert len(response.headers["X-Request-Id"]) == 32


def test_a_host_is_not_repeated_whole(shared_mock: MockClient) -> None:
    response = shared_mock.client.get("/_mock/", headers={"Host": "x" * 100_000})
    assert (response.status_code, len(response.content) < 1000) == (421, True)


def test_hosts_that_are_named_are_served_at_any_port() -> None:
    with EmbeddedServer(
        MockSettings(control_hosts=("drs-mock", "Mock.Example.", "192.0.2.1", "2001:db8::1"))
    ) as server:
        served = ["drs-mock", "DRS-mock:80", "mock.example:1", "192.0.2.1:1", "[2001:DB8::1]:1", "127.0.0.1:{port}"]
        refused = ["drs-mock.example", "example", "mock.example..", "192.0.2.2", "127.0.0.1:1"]
        assert [described(server, host) for host in served] == [200] * len(served)
        assert [described(server, host) for host in refused] == [421] * len(refused)


def test_the_address_of_the_connection_is_served() -> None:
    with EmbeddedServer(host="0.0.0.0") as server:  # noqa: S104 - this test is about other addresses
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
            route.connect(("192.0.2.1", 9))  # sends nothing, and finds the address that other machines would use
            address = route.getsockname()[0]
        with socket.create_connection((address, int(port(server))), timeout=10) as connection:
            connection.sendall(request(f"Host: {address}:{port(server)}"))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert described(server, "evil.example:{port}") == 421


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((), 421),
        (("Host: localhost:{port}",), 200),
        (("Host: localhost:{port}", "Host: localhost:{port}"), 400),
        (("Host: localhost:{port}", "Host: evil.example"), 400),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_one_host_is_needed_in_each_version(
    shared_mock: MockClient, version: str, lines: tuple[str, ...], status: int
) -> None:
    named = [line.format(port=port(shared_mock.server)) for line in lines]
    response = exchange(shared_mock.server, request(*named, start=f"GET /_mock/ HTTP/{version}"))
    assert response.status_code == (400 if version == "1.1" and not lines else status)


@pytest.mark.parametrize("authority", ["localhost:{port}", "evil.example"])
def test_a_target_in_absolute_form_is_never_the_control_interface(shared_mock: MockClient, authority: str) -> None:
    start = f"GET http://{authority}/_mock/ HTTP/1.1".format(port=port(shared_mock.server))
    response = exchange(shared_mock.server, request(f"Host: localhost:{port(shared_mock.server)}", start=start))
    assert (response.status_code, response.json()["error_code"]) == (404, "APIGW.0101")


def test_the_api_answers_to_any_host(mock: MockClient) -> None:
    response = mock.commit(mock.make(), Host="evil.example", Origin="http://evil.example", Sec_Fetch_Site="cross-site")
    assert response.status_code == 200


@pytest.mark.parametrize("origin", ["http://127.0.0.1:{port}", "HTTP://127.0.0.1:{port}"])
@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_a_page_of_the_mock_may_use_it(mock: MockClient, origin: str, site: str | None) -> None:
    headers = {"Origin": origin.format(port=port(mock.server))} | ({"Sec-Fetch-Site": site} if site else {})
    assert mock.client.post("/_mock/batches", json={"status": READY}, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", "null")],
        [("Origin", "")],
        [("Origin", "http://evil.example")],
        [("Origin", "http://127.0.0.1")],
        [("Origin", "http://127.0.0.1:1")],
        [("Origin", "http://localhost:{port}")],
        [("Origin", "https://127.0.0.1:{port}")],
        [("Origin", "http://127.0.0.1:{port}.evil.example")],
        [("Origin", "http://127.0.0.1:{port}"), ("Origin", "http://evil.example")],
        [("Origin", "http://127.0.0.1:{port} http://evil.example")],
        [("Origin", "file://")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Sec-Fetch-Site", "other")],
        [("Sec-Fetch-Site", "")],
        [("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")],
        [("Origin", "http://127.0.0.1:{port}"), ("Sec-Fetch-Site", "cross-site")],
    ],
)
def test_a_page_of_another_site_may_not(mock: MockClient, headers: list[tuple[str, str]]) -> None:
    foreign = [(name, value.format(port=port(mock.server))) for name, value in headers]
    for method, path in (
        ("GET", "/_mock/"),
        ("GET", "/_mock/reference"),
        ("GET", "/_mock/nothing"),
        ("DELETE", "/_mock/batches"),
        ("OPTIONS", "/_mock/batches"),
    ):
        response = mock.client.request(method, path, headers=foreign)
        assert (response.status_code, response.json().keys()) == (403, {"mock", "error"})
        assert not [name for name in response.headers if name.startswith("access-control-")]
    assert mock.client.post("/_mock/batches", json={"status": READY}, headers=foreign).status_code == 403
    assert mock.server.app.store.listed() == []


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["text/plain"],
        ["text/plain;charset=UTF-8"],
        ["application/x-www-form-urlencoded"],
        ["multipart/form-data; boundary=x"],
        ["text/json"],
        ["application/json-seq"],
        ["application/problem+json"],
        ["application/json, text/plain"],
        ["text/plain; a=application/json"],
        ["application/json", "text/plain"],
        ["application/json; charset=utf-16"],
    ],
)
def test_a_body_that_is_not_declared_as_json_is_refused(mock: MockClient, values: list[str]) -> None:
    headers = [("Content-Type", value) for value in values]
    for method, path, body in (
        ("POST", "/_mock/batches", BATCH),
        ("PUT", "/_mock/faults", b'{"faults": ["job-missing"]}'),
    ):
        response = mock.client.request(method, path, content=body, headers=headers)
        assert (response.status_code, "application/json" in response.json()["error"]) == (415, True)
    assert mock.server.app.store.listed() == []
    assert mock.server.app.switchboard.names == ()


@pytest.mark.parametrize(
    "value", ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=utf8"]
)
def test_a_body_that_is_declared_as_json_is_read(mock: MockClient, value: str) -> None:
    assert mock.client.post("/_mock/batches", content=BATCH, headers={"Content-Type": value}).status_code == 201


@pytest.mark.parametrize("path", ["/_mock/", "/_mock/reference", "/_mock/nothing"])
def test_no_page_may_frame_or_embed_an_answer(shared_mock: MockClient, path: str) -> None:
    headers = shared_mock.client.get(path).headers
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_host_of_no_use_is_refused_by_the_settings() -> None:
    for host in ("", "a b", "http://a", "a:80", "a/b", "*"):
        with pytest.raises(ValueError, match=r"^control_host .+ is not a host name or an IP address"):
            MockSettings(control_hosts=(host,))


def test_the_control_interface_of_a_mock_without_one_is_not_answered() -> None:
    with running_mock(MockSettings(control=False)) as mock:
        response = mock.client.get("/_mock/", headers={"Host": "evil.example"})
        assert response.json()["error_code"] == "APIGW.0101"
