"""The causes of an error, which a traceback shows, have no secret either."""

from __future__ import annotations

import json
import pickle
import re
import socketserver
import threading
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from attrs import frozen
from drs_batch_client import (
    AccessKeyAuth,
    DrsError,
    OutcomeUnknownError,
    TokenAuth,
    TransportError,
    UnexpectedAnswerError,
)
from drs_batch_client.runtime.answers import Call
from drs_batch_client.runtime.causes import scrub
from drs_batch_client.runtime.redaction import Redactor

from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.selftest.support.client.doors import Door

SECRET = re.compile(rb'(?i)x-auth-token: (\S+)|"password":"([^"]+)"')
PASSWORD = "a-password-that-nobody-must-see"


class Echo(socketserver.StreamRequestHandler):
    """Answers with a line that is not a status line and repeats the credentials of the request."""

    def handle(self) -> None:
        received = b""
        for part in iter(self.rfile.read1, b""):
            received += part
            if match := SECRET.search(received):
                self.wfile.write(b"HTTP/1.1 no status but " + (match[1] or match[2]) + b"\r\n\r\n")
                return


@contextmanager
def echoing() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def shown(error: DrsError) -> str:
    text = "".join(traceback.format_exception(error))
    assert "illegal status line" in text
    assert "no status but [redacted]" in text
    return text


def test_a_token_in_a_broken_answer_is_not_in_the_traceback(commit: Door) -> None:
    with echoing() as url, pytest.raises(OutcomeUnknownError) as caught:
        commit(base_url=url, auth=TokenAuth(TOKEN))
    assert TOKEN not in shown(caught.value)


def test_a_password_in_a_broken_answer_of_iam_is_not_in_the_traceback(commit: Door) -> None:
    with echoing() as url, pytest.raises(TransportError) as caught:
        commit(base_url=url, auth=Cloud().auth(iam_url=url, password=PASSWORD))
    assert PASSWORD not in shown(caught.value)


def kept(error: BaseException | None) -> bytes:
    """Return what an error, and each error that it came from, can be pickled as."""
    if error is None:
        return b""
    return pickle.dumps((error.args, vars(error))) + kept(error.__cause__) + kept(error.__context__)


def failing(request: httpx.Request) -> httpx.Response:
    try:
        return httpx.Response(500, request=request).raise_for_status()
    except httpx.HTTPStatusError:
        raise httpx.ReadError("broken again", request=request) from httpx.ReadError("broken", request=request)


AUTHS: dict[str, httpx.Auth] = {
    "token": TokenAuth(TOKEN),
    "access key": AccessKeyAuth(access_key="an-access-key-id", secret_key="a-secret-key"),
    "another": httpx.BasicAuth("somebody", PASSWORD),
}
# The HTTP library parses these, although no redirect is followed.
LOCATIONS = ["mailto:x", "http://xn--{}-a/", "http://[{}", "http://a:{}/", "//xn--{}-80a/\xff"]


def credential(request: httpx.Request) -> str:
    """Return the beginning of a signature or another credential of a request; as much as a label of a host can have."""
    value = request.headers.get("X-Auth-Token") or request.headers["Authorization"]
    return str(re.findall(r"[\w-]{12,}", value)[-1][:40])


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_that_the_http_library_cannot_read_is_an_unknown_outcome(
    commit: Door, location: str, auth: str, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(credential(request))
        return httpx.Response(307, headers=[(b"Location", location.format(sent[0]).encode("latin-1"))])

    with pytest.raises(OutcomeUnknownError) as caught:
        commit(transport=httpx.MockTransport(answer), auth=AUTHS[auth])
    text = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert len(sent) == 1
    assert sent[0] not in text.replace("\n", "")


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_of_iam_that_the_http_library_cannot_read_is_no_effect(commit: Door, location: str) -> None:
    answer = httpx.Response(302, headers=[(b"Location", location.format(PASSWORD).encode("latin-1"))])
    with pytest.raises(TransportError) as caught:
        commit(transport=httpx.MockTransport(lambda _: answer), auth=Cloud().auth(password=PASSWORD))
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def errors_of_others() -> Iterator[Exception]:
    @frozen  # cannot be changed
    class OwnError(Exception):
        text: str

    yield from (ValueError(TOKEN), RuntimeError(TOKEN), KeyError(TOKEN), OSError(TOKEN), OwnError(TOKEN))
    yield from (
        httpx.InvalidURL(TOKEN),
        httpx.CookieConflict(TOKEN),
        httpx.StreamClosed(),
        ExceptionGroup("several", [OSError(TOKEN)]),
    )
    for fail in (lambda: f"{TOKEN}\xe4".encode("ascii"), lambda: f"{TOKEN}\xe4".encode("latin-1").decode("ascii")):
        try:
            fail()
        except UnicodeError as error:
            yield error


def test_any_error_of_a_request_is_an_unknown_outcome_without_a_secret(commit: Door) -> None:
    for error in errors_of_others():

        def fail(_request: httpx.Request, error: Exception = error) -> httpx.Response:
            raise error

        with pytest.raises(OutcomeUnknownError, match=type(error).__name__) as caught:
            commit(transport=httpx.MockTransport(fail))
        assert caught.value.__cause__ is error
        assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_no_error_of_a_chain_keeps_a_request_or_its_token(commit: Door) -> None:
    with pytest.raises(OutcomeUnknownError, match="ReadError: broken again") as caught:
        commit(transport=httpx.MockTransport(failing))
    assert [str(error) for error in (caught.value.__cause__, caught.value.__context__)] == ["broken again"] * 2
    assert TOKEN.encode() not in kept(caught.value)


def test_no_error_of_a_chain_keeps_a_request_to_iam_or_its_password(commit: Door) -> None:
    with pytest.raises(TransportError, match="broken again") as caught:
        commit(transport=httpx.MockTransport(failing), auth=Cloud().auth(password=PASSWORD))
    assert PASSWORD.encode() not in kept(caught.value)


def test_the_errors_of_a_group_are_scrubbed() -> None:
    error = ValueError("a secret")
    scrub(Redactor("secret"), ExceptionGroup("all attempts failed", [OSError(5, "secret"), error]))
    assert error.args == ("a [redacted]",)


def test_a_token_in_an_unreadable_answer_is_not_in_the_traceback() -> None:
    def parse(response: httpx.Response) -> str:
        raise ValueError(f"{response.text!r} is not a valid state")

    call = Call(
        operation="CommitAsyncJob",
        purpose="the commit",
        effect="it was committed",
        remedy="Look.",
        arguments={},
        parse=parse,
        validate=False,
        redactor=lambda _: Redactor(TOKEN),
    )
    with pytest.raises(UnexpectedAnswerError) as caught:
        call.result(httpx.Response(200, text=TOKEN, request=httpx.Request("POST", "https://drs.example")))
    text = "".join(traceback.format_exception(caught.value))
    assert "'[redacted]' is not a valid state" in text
    assert TOKEN not in text


def test_each_error_of_a_chain_is_scrubbed_even_if_the_chain_is_a_loop() -> None:
    first, second, third = ValueError("a secret", 1), RuntimeError(5, "secret"), KeyError("secret")
    first.__cause__, second.__context__, third.__cause__ = second, third, first
    scrub(Redactor("secret"), first)
    assert [error.args for error in (first, second, third)] == [("a [redacted]", 1), (5, "[redacted]"), ("[redacted]",)]


@pytest.mark.parametrize("decode", [bytes.decode, json.loads])
def test_an_error_of_a_decoder_keeps_nothing_of_what_it_decodes(decode: Callable[[bytes], object]) -> None:
    with pytest.raises((UnicodeDecodeError, json.JSONDecodeError)) as caught:
        decode(b'{"error": "' + TOKEN.encode() + b"\xff")
    scrub(Redactor(TOKEN), caught.value)

    assert TOKEN not in repr(caught.value) + str(caught.value) + str(vars(caught.value))
    assert not getattr(caught.value, "object", b"")
