"""An exception of the user, of any kind, is the cause of an error and shows no secret."""

from __future__ import annotations

import subprocess
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import pytest
from drs_batch_client import OutcomeUnknownError, ProviderAuth, TransportError
from drs_batch_client.runtime.causes import described, scrub
from drs_batch_client.runtime.redaction import Redactor

from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import TOKEN, accepting, hook, own_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door


def fails(*_: object) -> NoReturn:
    raise ValueError("an attribute that fails")


class WithoutGroupError(Exception):
    exceptions = None


class WithNumbersError(Exception):
    exceptions = (1, "a")


class WithoutTextError(Exception):
    __str__ = fails


class WithOwnArgumentsError(Exception):
    args = property(lambda _: (1,))


class WithFailingArgumentsError(Exception):
    args = property(fails)


class WithoutEqualityError(Exception):
    __eq__ = fails
    __hash__ = Exception.__hash__


class WithoutRequestError(Exception):
    _request = property(fails)


class WithAnotherRequestError(Exception):
    _request = "a text"


ODD = [
    WithoutGroupError,
    WithNumbersError,
    WithoutTextError,
    WithOwnArgumentsError,
    WithFailingArgumentsError,
    WithoutEqualityError,
    WithoutRequestError,
    WithAnotherRequestError,
]


def without_answer() -> httpx.HTTPStatusError:
    return httpx.HTTPStatusError("a text", request=httpx.Request("GET", "https://x"), response=None)  # type: ignore[arg-type]


def with_another_answer() -> httpx.HTTPStatusError:
    """Return an error whose answer has no request."""
    return httpx.HTTPStatusError("a text", request=httpx.Request("GET", "https://x"), response=httpx.Response(400))


def failing(commit: Door, fail: Callable[[], Exception]) -> Callable[[object], object]:
    def raise_it(_: object) -> None:
        raise fail() from fail()

    return hook(commit, raise_it)


@pytest.mark.parametrize("kind", [*ODD, without_answer, with_another_answer])
def test_it_is_the_cause_of_an_error(commit: Door, kind: Callable[..., Exception]) -> None:
    def fail() -> Exception:
        return kind("boom") if isinstance(kind, type) else kind()

    exchanges = accepting()
    transport = httpx.MockTransport(exchanges)
    ways: list[tuple[type[Exception], dict[str, Any]]] = [
        (TransportError, {"transport": transport, "event_hooks": {"request": [failing(commit, fail)]}}),
        (OutcomeUnknownError, {"transport": transport, "event_hooks": {"response": [failing(commit, fail)]}}),
        (
            OutcomeUnknownError,
            {"http_client": own_client(commit, transport=transport, event_hooks={"response": [failing(commit, fail)]})},
        ),
    ]
    for expected, way in ways:
        with pytest.raises(expected) as raised:
            commit(**way)
        assert type(raised.value.__cause__) is type(fail())
    assert len(exchanges.requests) == 2


@pytest.mark.parametrize("kind", ODD)
def test_it_is_the_cause_of_an_error_of_the_credentials(commit: Door, kind: type[Exception]) -> None:
    def fail(*_: object) -> NoReturn:
        raise kind("boom")

    exchanges = accepting()
    ways: list[dict[str, Any]] = [
        {"auth": ProviderAuth(fail), "transport": httpx.MockTransport(exchanges)},
        {"auth": Cloud().auth(), "transport": httpx.MockTransport(fail)},
    ]
    for way in ways:
        with pytest.raises(TransportError, match="no effect"):
            commit(**way)
    assert exchanges.requests == []


class SlottedError(Exception):
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__("a text")
        self.text = text

    def __str__(self) -> str:
        return self.text


class DictionaryError(Exception):
    def __init__(self, text: str) -> None:
        super().__init__("a text")
        self.texts = {"all": [text, (text,)], text: 1}

    def __str__(self) -> str:
        return f"{self.texts}"


def noted() -> Exception:
    error = ValueError("a text")
    error.add_note(f"with {TOKEN}")
    return error


WITH_A_SECRET: dict[str, Callable[[], Exception]] = {
    "a file": lambda: FileNotFoundError(2, "no", f"/run/{TOKEN}"),
    "a path": lambda: FileNotFoundError(2, "no", Path("/run", TOKEN)),
    "octets": lambda: FileNotFoundError(2, "no", f"/run/{TOKEN}".encode()),
    "two files": lambda: OSError(2, "no", "a", 0, f"/run/{TOKEN}"),
    "a reason": lambda: OSError(2, TOKEN, "a"),
    "a program": lambda: subprocess.CalledProcessError(1, ["login", TOKEN], output=TOKEN),
    "code": lambda: SyntaxError("no", ("file", 1, 1, TOKEN)),
    "a module": lambda: ImportError("no", name=TOKEN, path=TOKEN),
    "a slot": lambda: SlottedError(TOKEN),
    "an attribute": lambda: DictionaryError(TOKEN),
    "a note": noted,
}


@pytest.mark.parametrize("name", WITH_A_SECRET)
def test_no_attribute_shows_a_secret(commit: Door, name: str) -> None:
    hooks = {"request": [failing(commit, WITH_A_SECRET[name])]}
    with pytest.raises(TransportError) as raised:
        commit(transport=httpx.MockTransport(accepting()), event_hooks=hooks)
    text = "".join(traceback.TracebackException.from_exception(raised.value, capture_locals=True).format())
    assert TOKEN not in text
    assert TOKEN not in repr(vars(raised.value.__cause__))


def test_what_has_no_secret_stays() -> None:
    numbers, file = [1, "a"], Path("/run")
    error, missing = ValueError(numbers, {"a": 1}), OSError(2, "no", file)
    scrub(Redactor("secret"), error)
    scrub(Redactor("secret"), missing)
    assert error.args[0] is numbers
    assert missing.filename is file


def test_an_exception_without_a_text_is_described_by_its_type() -> None:
    assert [described(WithoutTextError("a")), described(KeyError())] == ["WithoutTextError", "KeyError"]
