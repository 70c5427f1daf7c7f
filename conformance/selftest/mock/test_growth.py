"""The time to read a request is proportional to its size, also for requests that exceed the limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.auth.signing import format_date
from conformance.mock import control, gateway, iam, limits
from conformance.mock.app import MockApp
from conformance.mock.settings import ACCESS_KEY, PROJECT_ID, TOKEN, MockSettings, utc_now
from conformance.selftest.support.growth import TIMES, growth, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starlette.types import Message

    _Headers = list[tuple[bytes, bytes]]

LINEAR = 3 * TIMES
"""Growth up to which a step counts as linear; that of a quadratic step is nearly three times as high."""
COMMIT = f"/v5/{PROJECT_ID}/batch-async-jobs/x/commit".encode()
KEY = ACCESS_KEY.encode()
UNITS = (b" ", b"\t;", b"; ", b";a=b", b';a="', b';a=";\\"', b", ", b"a.", b"[:", b"0", b"\xff")
CONTROL = b"/_mock/batches"
HEADERS = (
    (COMMIT, b"content-type", b"application/json%b!"),
    (COMMIT, b"authorization", b"SDK-HMAC-SHA256 Access=%b!"),
    (COMMIT, b"x-auth-token", b"%b"),
    (COMMIT, b"accept-encoding", b"gzip;q=0.%b"),
    (CONTROL, b"content-type", b"application/json%b!"),
    (CONTROL, b"host", b"a%b!"),
    (CONTROL, b"origin", b"http://%b"),
    (b"/_mock", b"accept", b"text/html%b"),
)
TARGETS = (b"/", b"//", b"%2f", b"%", b"/.", b"/..", b"/v5", b"a", b"&", b"a=b&", b"a;", b"+", b"\xff")
BODIES = (b"[", b"{", b"9", b'"\\ud800"', b'{"status":', b'{"":0,', b" ", b"\\", b'"a",')


def _signed(names: Sequence[bytes]) -> bytes:
    start = b"SDK-HMAC-SHA256 Access=%b, SignedHeaders=" % KEY
    return start + b"%b, Signature=%b" % (b";".join([*names, b"x-sdk-date"]), b"0" * 64)


SIGNED: dict[str, Callable[[int], _Headers]] = {
    "many headers": lambda size: [
        *((b"a%07d" % place, b"") for place in range(size // 24)),
        (b"authorization", _signed([b"a%07d" % place for place in range(size // 24)])),
    ],
    "one header often": lambda size: [(b"a", b"b" * (size // 2)), (b"authorization", _signed([b"a"] * (size // 8)))],
    "one header with many values": lambda size: [
        *((b"a", b"%d" % place) for place in range(size // 8)),
        (b"authorization", _signed([b"a"])),
    ],
}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockApp]:
    """Return a mock that has no limits of size, so that all of a large request is read."""
    for module, names in (
        (control, ["_MAX_BODY"]),
        (iam, ["_MAX_BODY"]),
        (gateway, ["_KEPT"]),
        (limits, ["_TARGET_LIMIT", "_HEADER_LIMIT", "_HEADERS_LIMIT"]),
    ):
        for name in names:
            monkeypatch.setattr(module, name, 1 << 30)
    application = MockApp(MockSettings(variants=("gzip", "any-spelling")))
    yield application
    application.close()


def _ask(
    app: MockApp, method: str, path: bytes, *, headers: _Headers | None = None, query: bytes = b"", body: bytes = b""
) -> Callable[[], None]:
    """Return a step that lets the mock answer a request."""
    given = headers or []
    usual = [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"x-auth-token", TOKEN.encode())]
    missing = [(name, value) for name, value in usual if name not in dict(given)]
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "raw_path": path,
        "path": path.decode("latin-1"),
        "query_string": query,
        "headers": [*missing, *given],
        "server": ("127.0.0.1", 80),
    }

    async def send(message: Message) -> None:
        pass

    async def answer() -> None:
        messages: asyncio.Queue[Message] = asyncio.Queue()
        messages.put_nowait({"type": "http.request", "body": body})
        await app(dict(scope), messages.get, send)

    return lambda: asyncio.run(answer())


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("path", "name", "value"), HEADERS)
def test_a_header_is_read_in_linear_time(app: MockApp, path: bytes, name: bytes, value: bytes, unit: bytes) -> None:
    def step(size: int) -> Callable[[], None]:
        return _ask(app, "GET" if path == b"/_mock" else "POST", path, headers=[(name, value % repeated(unit, size))])

    step(64)()  # a step that takes exponential time would not end
    assert growth(step) < LINEAR


@pytest.mark.parametrize("name", [b"x-%07d", b"x-language", b"host", b"content-type"])
@pytest.mark.parametrize("path", [COMMIT, b"/_mock"])
def test_many_headers_are_read_in_linear_time(app: MockApp, path: bytes, name: bytes) -> None:
    def step(size: int) -> Callable[[], None]:
        numbers = range(size // 16)
        headers = [(name % place if b"%" in name else name, b"%d" % place) for place in numbers]
        return _ask(app, "POST", path, headers=headers)

    assert growth(step) < LINEAR


@pytest.mark.parametrize("kind", SIGNED)
def test_a_signature_is_checked_in_linear_time(app: MockApp, kind: str) -> None:
    def step(size: int) -> Callable[[], None]:
        date = (b"x-sdk-date", format_date(utc_now()).encode())
        return _ask(app, "POST", COMMIT, headers=[date, *SIGNED[kind](size)])

    assert growth(step) < LINEAR


@pytest.mark.parametrize("unit", TARGETS)
@pytest.mark.parametrize("start", [b"/", b"http://", b"/_mock/batches/"])
def test_a_path_is_read_in_linear_time(app: MockApp, start: bytes, unit: bytes) -> None:
    assert growth(lambda size: _ask(app, "GET", start + repeated(unit, size))) < LINEAR


@pytest.mark.parametrize("unit", TARGETS)
@pytest.mark.parametrize("path", [COMMIT, CONTROL, b"/v3/auth/tokens"])
def test_a_query_is_read_in_linear_time(app: MockApp, path: bytes, unit: bytes) -> None:
    method = "GET" if path.startswith(b"/_mock") else "POST"
    assert growth(lambda size: _ask(app, method, path, query=repeated(unit, size))) < LINEAR


@pytest.mark.parametrize("unit", BODIES)
@pytest.mark.parametrize(("method", "path"), [
    ("POST", COMMIT), ("POST", CONTROL), ("PUT", b"/_mock/faults"), ("POST", b"/v3/auth/tokens"),
])  # fmt: skip
def test_a_body_is_read_in_linear_time(app: MockApp, method: str, path: bytes, unit: bytes) -> None:
    assert growth(lambda size: _ask(app, method, path, body=repeated(unit, size))) < LINEAR
