"""No error of a call has a credential in a local variable of a frame, which reporters of errors collect."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AccessKeyAuth,
    Credentials,
    DrsError,
    PasswordAuth,
    ProviderAuth,
    TokenAuth,
    TransportError,
    connect_async,
    from_env,
)

from conformance.selftest.support.client.clouds import PASSWORD, issuing
from conformance.selftest.support.client.doors import BATCH, COMMITTED, GATEWAY_ERROR, SERVICE_ERROR, arguments, hook
from conformance.selftest.support.servers import answering, raw, unused_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.selftest.support.client.doors import Door

TOKEN, ISSUED = "given-token-that-nobody-may-see", "issued-token-that-nobody-may-see"
SECRET_KEY, SECURITY_TOKEN = "secret-key-that-nobody-may-see", "security-token-that-nobody-may-see"
SECRETS = (
    TOKEN,
    ISSUED,
    SECRET_KEY,
    SECURITY_TOKEN,
    PASSWORD,
    json.dumps(PASSWORD)[1:-1],
    repr(PASSWORD.encode())[2:-1],
)


def give() -> Credentials:
    return Credentials(access_key="AK", secret_key=SECRET_KEY, security_token=SECURITY_TOKEN)


def fail() -> Credentials:
    secret_key = SECRET_KEY
    raise OSError(f"no vault, {len(secret_key)}")


def malformed() -> Credentials:
    return Credentials(access_key="AK", secret_key=f"{SECRET_KEY} ", security_token=SECURITY_TOKEN)


def user(iam_url: str) -> PasswordAuth:
    return PasswordAuth(user="user", password=PASSWORD, domain="domain", iam_url=iam_url)


AUTHS: dict[str, Callable[[str], httpx.Auth]] = {
    "token": lambda _: TokenAuth(TOKEN),
    "key": lambda _: AccessKeyAuth(access_key="AK", secret_key=SECRET_KEY, security_token=SECURITY_TOKEN),
    "provider": lambda _: ProviderAuth(give),
    "failing provider": lambda _: ProviderAuth(fail),
    "provider of a malformed key": lambda _: ProviderAuth(malformed),
    "password": user,
}
KEY = (SECRET_KEY, SECURITY_TOKEN)
OWN = {
    "token": (TOKEN,),
    "key": KEY,
    "provider": KEY,
    "failing provider": KEY,
    "provider of a malformed key": KEY,
    "password": (ISSUED, *SECRETS[4:]),
}
"""The secrets that a client is given, by the name of its credentials."""
ANSWERS: list[httpx.Response] = [
    httpx.Response(400, json=SERVICE_ERROR),
    httpx.Response(401, json=GATEWAY_ERROR),
    httpx.Response(418, text=" ".join(SECRETS)),
    httpx.Response(200, text=" ".join(SECRETS)),
    httpx.Response(200, json={"job": list(SECRETS)}),
    httpx.Response(307, headers={"Location": f"http://[{TOKEN}"}),
]


def leaks(error: BaseException | None, auth: str = "") -> Iterator[str]:
    """Yield the local variables with a secret in the frames of an error, and of each that it came from.

    These are the secrets of these credentials, or all of them.
    """
    if error is None:
        return
    yield from leaks(error.__cause__, auth)
    yield from leaks(error.__context__, auth)
    trace = error.__traceback__
    while trace is not None:
        for name, value in trace.tb_frame.f_locals.items():
            if any(secret in repr(value) for secret in OWN.get(auth, SECRETS)):
                yield f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno} {name}"
        trace = trace.tb_next


@pytest.mark.parametrize("answer", ANSWERS, ids=["400", "401", "418", "no JSON", "no job", "location"])
@pytest.mark.parametrize("auth", AUTHS)
def test_an_answer_leaves_no_secret(commit: Door, auth: str, answer: httpx.Response) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        return issuing(ISSUED, None, None) if request.url.path == "/v3/auth/tokens" else answer

    with pytest.raises(DrsError) as caught:
        commit(auth=AUTHS[auth]("https://iam.example"), transport=httpx.MockTransport(reply))
    # An error quotes an answer; what the client was not given is no secret to it.
    assert list(leaks(caught.value, auth)) == []


@pytest.mark.parametrize("answer", [b"", b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
@pytest.mark.parametrize("auth", AUTHS)
def test_a_broken_connection_leaves_no_secret(commit: Door, auth: str, answer: bytes) -> None:
    with raw(answer) as url, pytest.raises(DrsError) as caught:
        commit(auth=AUTHS[auth](url), base_url=url)
    assert list(leaks(caught.value)) == []
    with answering(201, b"{}", {"X-Subject-Token": ISSUED}) as iam, raw(answer) as url:
        with pytest.raises(DrsError) as caught:
            commit(auth=AUTHS[auth](iam), base_url=url)
        assert list(leaks(caught.value)) == []


@pytest.mark.parametrize("auth", AUTHS)
def test_a_missing_connection_leaves_no_secret(commit: Door, auth: str) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    with pytest.raises(TransportError) as caught:
        commit(auth=AUTHS[auth](url), base_url=url)
    assert list(leaks(caught.value)) == []


@pytest.mark.parametrize("event", ["request", "response"])
@pytest.mark.parametrize("auth", AUTHS)
def test_a_hook_that_fails_leaves_no_secret(commit: Door, auth: str, event: str) -> None:
    def look(message: Any) -> None:  # noqa: ANN401 - a request or a response
        headers = dict(getattr(message, "request", message).headers)
        raise OSError(len(headers))

    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/tokens":
            return issuing(ISSUED, None, None)
        return httpx.Response(200, json=COMMITTED)

    how: dict[str, Any] = {"event_hooks": {event: [hook(commit, look)]}, "transport": httpx.MockTransport(reply)}
    with pytest.raises(DrsError) as caught:
        commit(auth=AUTHS[auth]("https://iam.example"), **how)
    assert list(leaks(caught.value)) == []


@pytest.mark.parametrize("answer", [httpx.Response(401, json={"error": {"message": PASSWORD}}), httpx.Response(503)])
def test_iam_that_stops_issuing_tokens_leaves_no_secret(commit: Door, answer: httpx.Response) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        return next(answers) if request.url.path == "/v3/auth/tokens" else httpx.Response(401, json=GATEWAY_ERROR)

    answers = iter([issuing(ISSUED, None, None), answer])
    with pytest.raises(DrsError, match="IAM at") as caught:
        commit(auth=user("https://iam.example"), transport=httpx.MockTransport(reply))
    assert list(leaks(caught.value)) == []


def test_a_wrong_environment_leaves_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AK", "SK", "SECURITY_TOKEN"):
        monkeypatch.setenv(f"HUAWEICLOUD_SDK_{name}", f"{SECRET_KEY} ")
    with pytest.raises(ValueError, match="SDK_SK must be") as caught:
        from_env()
    assert list(leaks(caught.value)) == []


def test_an_error_that_is_raised_again_ends_no_other_task() -> None:
    class Failing(httpx.Auth):
        def auth_flow(self, _: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
            raise error

    async def call(*events: asyncio.Event) -> str:
        async with connect_async(**arguments({"auth": Failing()})) as client:
            try:
                await client.commit_async_job(BATCH)
            except TransportError:
                for event in events:
                    event.set()
                    await asyncio.sleep(0)
        return "continued"

    async def run() -> list[str]:
        caught = asyncio.Event()
        first = asyncio.create_task(call(caught, caught, caught))
        await caught.wait()
        return [await call(), await first]

    error = TransportError("always the same")
    assert asyncio.run(run()) == ["continued", "continued"]
