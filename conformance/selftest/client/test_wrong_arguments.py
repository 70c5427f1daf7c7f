"""An invalid argument is rejected before anything is sent, and the message says what to do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from drs_batch_client import AccessKeyAuth, Language, PasswordAuth, TokenAuth, connect, connect_async

from conformance.selftest.support.client.doors import BASE_URL, PROJECT, TOKEN, accepting

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door

WRONG_URLS = [
    "",
    "drs.example",
    "ftp://drs.example",
    "https://",
    "https://u:p@drs.example",
    f"{BASE_URL}?a",
    f"{BASE_URL}#a",
]


def test_an_unknown_language_is_rejected_before_anything_is_sent(commit: Door) -> None:
    exchanges = accepting()

    with pytest.raises(ValueError, match="'fr' is not a valid CommitAsyncJobXLanguage"):
        commit(language=cast("Language", "fr"), transport=httpx.MockTransport(exchanges))
    assert exchanges.requests == []


@pytest.mark.parametrize("wrong", ["", ".", ".."])
def test_an_id_that_cannot_be_in_a_path_is_rejected_before_anything_is_sent(commit: Door, wrong: str) -> None:
    exchanges = accepting()

    with pytest.raises(ValueError, match="async_job_id must not be"):
        commit(wrong, transport=httpx.MockTransport(exchanges))
    with pytest.raises(ValueError, match="project_id must not be"):
        commit(project_id=wrong, transport=httpx.MockTransport(exchanges))
    assert exchanges.requests == []


@pytest.mark.parametrize("wrong", [None, 7, b"bytes"])
def test_an_id_that_is_not_a_str_is_rejected(commit: Door, wrong: object) -> None:
    with pytest.raises(TypeError, match="async_job_id must be a str, not"):
        commit(cast("str", wrong), transport=httpx.MockTransport(accepting()))


@pytest.mark.parametrize("region", ["cn-north-44", "atlantis"])
def test_an_unknown_region_is_rejected_with_the_remedy(commit: Door, region: str) -> None:
    with pytest.raises(ValueError, match=r"^unknown region ") as raised:
        commit(region=region)

    assert ("cn-north-4" if region.startswith("cn") else "give base_url") in str(raised.value)


@pytest.mark.parametrize("place", [{}, {"region": "cn-north-4", "base_url": BASE_URL}])
@pytest.mark.parametrize("door", [connect, connect_async])
def test_a_place_is_a_region_or_a_base_url(door: Callable[..., object], place: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"^give either region or base_url$"):
        door(**place, project_id=PROJECT, auth=TokenAuth(TOKEN))


@pytest.mark.parametrize("base_url", WRONG_URLS)
def test_an_invalid_base_url_is_rejected(commit: Door, base_url: str) -> None:
    with pytest.raises(ValueError, match=r"^base_url must be like https://drs.cn-north-4"):
        commit(base_url=base_url)


@pytest.mark.parametrize("auth", [None, TOKEN, ("user", "password")])
def test_credentials_are_an_auth(commit: Door, auth: object) -> None:
    with pytest.raises(TypeError, match=r"^auth must be TokenAuth, PasswordAuth, AccessKeyAuth, or another"):
        commit(auth=auth)


def test_credentials_of_another_project_are_rejected(commit: Door) -> None:
    auth = AccessKeyAuth(access_key="AK", secret_key="SK", project_id="another")

    with pytest.raises(ValueError, match=f"^auth is for project another, the connection for {PROJECT}$"):
        commit(auth=auth)


def test_a_password_needs_the_url_of_iam(commit: Door) -> None:
    with pytest.raises(ValueError, match=r"give PasswordAuth an iam_url$"):
        commit(auth=PasswordAuth(user="u", password="p", domain="d"))


@pytest.mark.parametrize("user_agent", ["a\r\nX-Evil: 1", "ü"])
def test_a_user_agent_that_a_header_cannot_have_is_rejected(commit: Door, user_agent: str) -> None:
    with pytest.raises(ValueError, match=r"^user_agent must be printable ASCII"):
        commit(user_agent=user_agent)


IGNORED: dict[str, Any] = {
    "timeout": 3,
    "retries": None,
    "verify": ssl.create_default_context(),
    "proxy": "http://p",
    "user_agent": "x",
    "event_hooks": {"request": []},
    "transport": httpx.MockTransport(accepting()),
}


def own_client(door: object) -> httpx.Client | httpx.AsyncClient:
    return httpx.Client() if door is connect else httpx.AsyncClient()


def own_transport(_: object) -> httpx.MockTransport:
    return httpx.MockTransport(accepting())


@pytest.mark.parametrize("door", [connect, connect_async])
@pytest.mark.parametrize(
    ("name", "own", "names"),
    [("http_client", own_client, list(IGNORED)), ("transport", own_transport, ["verify", "proxy"])],
)
def test_options_that_would_be_ignored_are_rejected(
    door: Callable[..., object], name: str, own: Callable[[object], object], names: list[str]
) -> None:
    place = {"base_url": BASE_URL, "project_id": PROJECT, "auth": TokenAuth(TOKEN), name: own(door)}
    for ignored in names:
        with pytest.raises(ValueError, match=f"^{name} is used .*; set {ignored} on it instead$"):
            door(**place, **{ignored: IGNORED[ignored]})
    with pytest.raises(ValueError, match=r"; set verify, proxy on it instead$"):
        door(**place, verify=IGNORED["verify"], proxy="http://p")
