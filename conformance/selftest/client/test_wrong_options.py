"""An option of the wrong kind or value is rejected by `connect`, and the message names it."""

from __future__ import annotations

import asyncio
import functools
import ssl
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from drs_batch_client import PasswordAuth, Retries, TokenAuth, connect, connect_async
from drs_batch_client.runtime import checks

from conformance.selftest.support.client.doors import (
    BASE_URL,
    BATCH,
    PROJECT,
    TOKEN,
    accepting,
    arguments,
    blocking,
    in_asyncio,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door

CONNECTS = [connect, connect_async]
INFINITE, NAN = float("inf"), float("nan")


class Hook:
    """A hook that is an object."""

    def __call__(self, message: object) -> None:
        """Do nothing."""


class AsyncHook:
    """An asynchronous hook that is an object."""

    async def __call__(self, message: object) -> None:
        """Do nothing."""


async def anywhere(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


BLOCKING = [Hook(), Hook().__call__, functools.partial(Hook()), [].append, print]
ASYNCHRONOUS = [AsyncHook(), AsyncHook().__call__, functools.partial(AsyncHook().__call__), anywhere]

WRONG_KINDS: dict[str, list[Any]] = {
    "retries": [3, 0, True, "3", Retries, {"attempts": 3}],
    "timeout": ["30", None, b"3", True, (3, 4), [3], httpx.Timeout(5, read=cast("float", "3"))],
    "deadline": ["30", None, b"3", True, False, [3], httpx.Timeout(5)],
    "verify": ["/no/such.pem", None, 1, b"", ssl.SSLContext],
    "proxy": [3, b"http://p", {"http://": "http://p"}, httpx.URL("http://p")],
    "user_agent": [None, 7, b"agent"],
    "validate": [None, 1, "yes"],
    "event_hooks": [[], print, {"request": print}, {"response": "text"}, {"response": [7]}],
    "transport": ["http", httpx.MockTransport, print, object()],
    "http_client": ["http", httpx.Client, httpx.AsyncClient, object()],
    "base_url": [7, b"https://drs.example", ["https://drs.example"]],
    "project_id": [None, 7, b"p1"],
}
TIMEOUTS = [-1, 0, 0.0, INFINITE, NAN, -INFINITE, 1e20, 10**400]
WRONG_VALUES: dict[str, list[Any]] = {
    "timeout": [*TIMEOUTS, *(httpx.Timeout(5, connect=value) for value in TIMEOUTS)],
    "deadline": TIMEOUTS,
    "verify": [False, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)],
    "proxy": [
        *("", "host:3128", "proxy.example", "ftp://p", "http://", "http://p:70000", "http://[", "http://a..b:3128"),
        *("://p", "http://p:x", "socks4://p", "http://p:0"),
    ],
    "user_agent": ["", " ", "a ", "\ta", "a\nb"],
    "event_hooks": [{"requests": []}, {"error": []}, {7: []}],
    "base_url": ["https://drs..localhost", "https://drs:70000", f"https://{'a' * 64}", "https://d:0", "https://["],
    "project_id": [" p1", "p1\n", "p1\u2028", "\x00p1", "\u200bp1", "p1\xa0", "\ud800p", "p\udfffp"],
}


@pytest.mark.parametrize("door", CONNECTS)
@pytest.mark.parametrize("name", WRONG_KINDS)
def test_an_option_of_the_wrong_kind_is_a_type_error_that_names_it(door: Callable[..., object], name: str) -> None:
    for value in WRONG_KINDS[name]:
        with pytest.raises(TypeError, match=name):
            door(**{"base_url": BASE_URL, "project_id": PROJECT, "auth": TokenAuth(TOKEN), name: value})


@pytest.mark.parametrize("door", CONNECTS)
@pytest.mark.parametrize("name", WRONG_VALUES)
def test_an_option_with_a_wrong_value_is_a_value_error_that_names_it(door: Callable[..., object], name: str) -> None:
    for value in WRONG_VALUES[name]:
        with pytest.raises(ValueError, match=name) as raised:
            door(**{"base_url": BASE_URL, "project_id": PROJECT, "auth": TokenAuth(TOKEN), name: value})
        assert type(raised.value) is ValueError


@pytest.mark.parametrize("name", ["timeout", "deadline"])
def test_a_wrong_limit_of_one_call_is_rejected_before_anything_is_sent(name: str) -> None:
    async def run(limit: dict[str, Any]) -> None:
        async with connect_async(**arguments({"transport": transport})) as client:
            await client.commit_async_job(BATCH, **limit)

    exchanges = accepting()
    transport = httpx.MockTransport(exchanges)
    with connect(**arguments({"transport": transport})) as client:
        for kind, wrong in ((TypeError, WRONG_KINDS), (ValueError, WRONG_VALUES)):
            for value in wrong[name]:
                if value is not None:
                    with pytest.raises(kind, match=f"^{name} .*must be"):
                        client.commit_async_job(BATCH, **{name: value})
                    with pytest.raises(kind, match=f"^{name} .*must be"):
                        asyncio.run(run({name: value}))
    assert exchanges.requests == []


@pytest.mark.parametrize("region", [7, b"cn-north-4", ["cn-north-4"]])
def test_a_region_is_a_str(commit: Door, region: object) -> None:
    with pytest.raises(TypeError, match=r"^region must be a str"):
        commit(region=region)


@pytest.mark.parametrize("event", ["request", "response"])
@pytest.mark.parametrize(("door", "wrong"), [(connect, ASYNCHRONOUS), (connect_async, BLOCKING)])
def test_hooks_of_the_other_kind_are_rejected(
    door: Callable[..., object], wrong: list[Callable[..., Any]], event: str
) -> None:
    place = {"base_url": BASE_URL, "project_id": PROJECT, "auth": TokenAuth(TOKEN)}
    for hook in wrong:
        with pytest.raises(TypeError, match=f"^event_hooks must have functions of the right kind for '{event}'"):
            door(**place, event_hooks={event: [hook]})
        kind = httpx.Client if door is connect else httpx.AsyncClient
        with pytest.raises(TypeError, match=r"^event_hooks of http_client must have functions of the right kind"):
            door(**place, http_client=kind(event_hooks={event: [hook]}))


def test_hooks_of_the_right_kind_are_accepted() -> None:
    blocking(transport=httpx.MockTransport(accepting()), event_hooks={"request": BLOCKING[:-1], "response": ()})
    in_asyncio(transport=httpx.MockTransport(accepting()), event_hooks={"response": ASYNCHRONOUS})


OTHER_KIND: list[tuple[Callable[..., object], dict[str, object]]] = [
    (connect, {"http_client": httpx.AsyncClient()}),
    (connect_async, {"http_client": httpx.Client()}),
    (connect, {"transport": httpx.AsyncHTTPTransport()}),
    (connect, {"transport": httpx.ASGITransport(cast("Any", anywhere))}),
    (connect, {"transport": httpx.MockTransport(anywhere)}),
    (connect_async, {"transport": httpx.HTTPTransport()}),
    (connect_async, {"transport": httpx.WSGITransport(cast("Any", print))}),
]


def test_a_client_or_transport_of_the_other_kind_is_rejected() -> None:
    for door, wrong in OTHER_KIND:
        with pytest.raises(TypeError, match=f"^{next(iter(wrong))} .*connect_async"):
            door(base_url=BASE_URL, project_id=PROJECT, auth=TokenAuth(TOKEN), **wrong)


def test_a_closed_client_is_rejected() -> None:
    own, own_async = httpx.Client(), httpx.AsyncClient()
    own.close()
    asyncio.run(own_async.aclose())

    for door, closed in ((blocking, own), (in_asyncio, own_async)):
        with pytest.raises(ValueError, match=r"^http_client is closed; give an open one$"):
            door(http_client=closed)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value", ["ftp://user:hidden@p", "http://:3128", "p:70000", "http://user:hidden@", "::1", "a..b"]
)
def test_a_wrong_proxy_of_the_environment_is_named_and_not_shown(
    commit: Door, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValueError, match=rf"\({name.upper()}\) must be a URL like") as raised:
        commit()
    assert "hidden" not in str(raised.value)
    assert commit(transport=httpx.MockTransport(accepting())).async_job_id == BATCH


def test_a_wrong_proxy_of_the_environment_for_iam_is_named(commit: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "ftp://p")
    auth = PasswordAuth(user="u", password="p" * 9, domain="d", iam_url="http://127.0.0.1:9")

    with pytest.raises(ValueError, match=r"\(HTTP_PROXY\) must be a URL like"):
        commit(auth=auth)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_without_its_package_is_rejected(
    commit: Door, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda _: None)

    with pytest.raises(ValueError, match=rf"^proxy is a SOCKS proxy.*install {httpx.__name__}\[socks\]$"):
        commit(proxy=f"{scheme}://p:1080")


def test_certificates_of_the_environment_that_do_not_exist_are_named(
    commit: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")

    with pytest.raises(ValueError, match=r"SSL_CERT_FILE=/no/such\.pem"):
        commit()


@pytest.mark.parametrize("wrong", [" b1", "b1\n", "\tb1", "b1\u3000", "\ufeffb1", "b1\x7f", "\udc80b1", "b\ud800"])
def test_a_batch_with_blanks_at_its_ends_is_rejected_before_anything_is_sent(commit: Door, wrong: str) -> None:
    exchanges = accepting()

    with pytest.raises(ValueError, match="async_job_id must") as raised:
        commit(wrong, transport=httpx.MockTransport(exchanges))
    assert type(raised.value) is ValueError
    assert exchanges.requests == []


@pytest.mark.parametrize(
    ("kind", "message", "values"),
    [
        (TypeError, "attempts must be an int, not", ["3", 2.5, None, True]),
        (TypeError, "wait must be a number of seconds, not", ["1", None, True]),
        (ValueError, "attempts must be 1 or more, not", [0, -1]),
        (ValueError, "wait must be 0 to", [-1, -0.1, NAN, INFINITE]),
        (ValueError, "longest must be 0 to", [-1, -0.1, NAN, INFINITE]),
    ],
)
def test_retries_check_their_numbers(kind: type[Exception], message: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(kind, match=f"^{message}"):
            Retries(**{message.partition(" ")[0]: value})
