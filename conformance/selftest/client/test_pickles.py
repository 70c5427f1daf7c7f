"""Credentials can be copied and pickled, also after their use; a client cannot be, and says what to do."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AccessKeyAuth,
    Credentials,
    PasswordAuth,
    ProjectAuth,
    ProviderAuth,
    TokenAuth,
    connect,
    connect_async,
    metadata_credentials,
)

from conformance.selftest.support.client.clouds import issuing
from conformance.selftest.support.client.doors import BATCH, COMMITTED, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door


def give() -> Credentials:
    return Credentials(access_key="AK", secret_key="secret-key")


AUTHS: dict[str, Callable[[], ProjectAuth]] = {
    "token": lambda: TokenAuth("token"),
    "key": lambda: AccessKeyAuth(access_key="AK", secret_key="secret-key", security_token="security-token"),
    "provider": lambda: ProviderAuth(give),
    "password": lambda: PasswordAuth(user="u", password="password", domain="d", iam_url="https://iam.example"),
}
COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))  # type: ignore[misc] # noqa: S301 - our own
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
}


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/v3/auth/tokens":
        return issuing("issued-token", None, None)
    assert request.headers.get("X-Auth-Token") or request.headers["Authorization"]
    return httpx.Response(200, json=COMMITTED)


@pytest.mark.parametrize("again", COPIES)
@pytest.mark.parametrize("auth", AUTHS)
def test_credentials_can_be_copied_after_their_use(commit: Door, auth: str, again: str) -> None:
    how: dict[str, Any] = {"transport": httpx.MockTransport(answer)}
    used = AUTHS[auth]()
    commit(auth=used, **how)
    copied = COPIES[again](used)
    assert type(copied) is type(used)
    assert commit(auth=copied, **how).async_job_id == BATCH
    assert repr(copied) == repr(used)


def test_the_metadata_service_can_be_pickled() -> None:
    auth = pickle.loads(pickle.dumps(ProviderAuth(metadata_credentials)))  # noqa: S301 - our own
    assert auth.provider is metadata_credentials


@pytest.mark.parametrize("again", COPIES)
@pytest.mark.parametrize("door", [connect, connect_async])
def test_a_client_cannot_be_copied_and_says_what_to_do(door: Callable[..., object], again: str) -> None:
    client = door(**arguments({}))
    given = f"give the arguments of {door.__name__} instead"
    with pytest.raises(TypeError, match=rf"DrsClient cannot be copied or pickled; {given}$"):
        COPIES[again](client)
