"""The requests that no schema can express: authentication, the life of a batch, and what happens at the same time."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.situation import BatchState
from conformance.tokens import derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.exchange import Exchange, Request
    from conformance.stimuli.api import Api

__all__ = ["SCENARIOS", "Scenario"]

LANGUAGES = (None, "en-us", "zh-cn")
Body = Callable[["Api"], "Sequence[Exchange]"]


@dataclass(frozen=True)
class Scenario:
    """A sequence of requests.

    Attributes:
        name: Its name.
        sends: What it sends, in one phrase.
        run: Sends it; returns the exchanges, by which it may be judged as a whole.
        needs: States of the batches that it uses; it is left out where one cannot be had.
        foreign: Whether it needs a foreign project.
    """

    name: str
    sends: str
    run: Body
    needs: tuple[BatchState, ...] = ()
    foreign: bool = False

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles that may send it: *safe* names no batch that exists."""
        return ("full",) if self.needs else ("safe", "full")


SCENARIOS: dict[str, Scenario] = {}


def scenario(*needs: BatchState, foreign: bool = False) -> Callable[[Body], Body]:
    """Register a function as a scenario under its own name; its docstring says what it sends."""

    def register(function: Body) -> Body:
        name = function.__name__.replace("_", "-")
        sends = (function.__doc__ or "").strip().rstrip(".")
        SCENARIOS[name] = Scenario(name, sends[0].lower() + sends[1:], function, needs, foreign)
        return function

    return register


# In the order in which they are sent. Where validated batches are few, the first scenarios get them.


@scenario()
def unknown_batches(api: Api) -> Sequence[Exchange]:
    """Commits of batches that do not exist, in each language."""
    return [api.send(api.commit(api.batches.unknown(), language=language)) for language in LANGUAGES]


@scenario()
def one_refusal_in_each_language(api: Api) -> Sequence[Exchange]:
    """The commit of one unknown batch in each language, Chinese last."""
    batch_id = api.batches.unknown()
    return [api.send(api.commit(batch_id, language=language)) for language in LANGUAGES]


@scenario()
def calls_without_a_token(api: Api) -> Sequence[Exchange]:
    """Commits of an unknown batch without X-Auth-Token, and with an empty one."""
    return [api.send(api.commit(api.batches.unknown(), token=token)) for token in (None, "")]


@scenario()
def calls_with_a_wrong_token(api: Api) -> Sequence[Exchange]:
    """Commits of an unknown batch with a token that is made up, cut, lengthened, in another case, or doubled."""
    return [api.send(api.commit(api.batches.unknown(), token=token)) for token in wrong_tokens(api.account.token)]


@scenario(foreign=True)
def calls_for_a_foreign_project(api: Api) -> Sequence[Exchange]:
    """Commits in a project in which the token has no rights, of a validated batch if there is one."""
    foreign = api.account.foreign_project_id or ""
    return [
        api.send(api.commit(api.batches.foreign(), project_id=foreign, language=language)) for language in LANGUAGES
    ]


@scenario(BatchState.READY)
def commits_of_validated_batches(api: Api) -> Sequence[Exchange]:
    """The commit of a validated batch."""
    return [api.send(api.commit(api.batches.take(BatchState.READY)))]


@scenario(BatchState.READY)
def commits_in_each_language(api: Api) -> Sequence[Exchange]:
    """Commits of validated batches, one in each documented language."""
    return [api.send(api.commit(api.batches.take(BatchState.READY), language=language)) for language in LANGUAGES[1:]]


@scenario(BatchState.READY)
def refused_calls_have_no_effect(api: Api) -> Sequence[Exchange]:
    """Commits of a validated batch without a token and with wrong ones, and then with the right one."""
    refused = []
    for token in (None, *wrong_tokens(api.account.token)):
        refused.append(api.send(api.commit(api.batches.bait(), token=token)))
        # Each call that is accepted costs a batch; where the user has to pay for them, one is proof enough.
        if _accepted(refused[-1]) and not api.batches.plenty:
            return refused
    # Whether the last one succeeds says something about the refused calls, not about the life of a batch.
    return [*refused, api.send(api.commit(api.batches.bait()), batch=BatchState.UNCERTAIN)]


@scenario(BatchState.VALIDATING)
def batches_being_checked(api: Api) -> Sequence[Exchange]:
    """Commits of a batch that is still being checked, in each language."""
    return _in_each_language(api, BatchState.VALIDATING)


@scenario(BatchState.FAILED)
def batches_that_failed_their_check(api: Api) -> Sequence[Exchange]:
    """Commits of a batch whose check failed, in each language."""
    return _in_each_language(api, BatchState.FAILED)


@scenario(BatchState.READY)
def equivalent_media_types(api: Api) -> Sequence[Exchange]:
    """Commits of validated batches under spellings of application/json that mean the same."""
    values = ("application/json;charset=utf-8", "application/json; charset=UTF-8")
    return [api.send(api.commit(api.batches.take(BatchState.READY), media_type=value)) for value in values]


@scenario(BatchState.READY)
def media_types(api: Api) -> Sequence[Exchange]:
    """Commits of a validated batch with other media types, and without Content-Type."""
    values = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "application/jsonp", "json", None)
    return _until_accepted(api, (api.commit(api.batches.bait(), media_type=value) for value in values))


@scenario(BatchState.READY)
def other_methods(api: Api) -> Sequence[Exchange]:
    """A validated batch under other methods than the documented one."""
    methods = ("GET", "PUT", "PATCH", "DELETE")
    return _until_accepted(api, (replace(api.commit(api.batches.bait()), method=method) for method in methods))


@scenario(BatchState.READY)
def simultaneous_commits(api: Api) -> Sequence[Exchange]:
    """Commits of one validated batch, four at the same time."""
    batch_id = api.batches.take(BatchState.READY)
    return api.send_together([api.commit(batch_id)] * 4, batch=BatchState.UNCERTAIN)


@scenario(BatchState.COMMITTED)
def second_commits(api: Api) -> Sequence[Exchange]:
    """Commits of a batch that has been committed, in each language."""
    return _in_each_language(api, BatchState.COMMITTED)


@scenario()
def odd_ids(api: Api) -> Sequence[Exchange]:
    """Commits of IDs that look like no batch's, in each language: long, Unicode, quotes, control characters, paths."""
    ids = (
        "0",
        "054ba152d480d55b2f5dc0069e7ddef0",
        "x" * 256,
        "x" * 2048,
        "批" * 300,
        "\U0001f4be" * 128,
        "'; DROP TABLE batches; --",
        '"<script>alert(1)</script>',
        "%s%n{0}${x}",
        "../../v5",
        "a/b",
        "a b\tc",
        "a\0b",
        "\r\nX-Injected: 1",
        "\x7f\x1b[2J",
    )
    return [
        api.send(api.commit(api.batches.invented(batch_id), language=LANGUAGES[index % len(LANGUAGES)]))
        for index, batch_id in enumerate(ids + ids[2:6])
    ]


@scenario()
def undocumented_languages(api: Api) -> Sequence[Exchange]:
    """Commits of an unknown batch with other values of X-Language."""
    batch_id = api.batches.unknown()
    return [
        api.send(api.commit(batch_id, language=language)) for language in ("EN-US", "zh-CN", "en", "fr-fr", "", "*")
    ]


@scenario()
def calls_with_a_body(api: Api) -> Sequence[Exchange]:
    """Commits of an unknown batch with a body, which the operation does not have."""
    bodies = (b"{}", b"[]", b"null", b'{"jobs": []}', b"{", b"\xff\xfe", b"x" * 4096)
    return [api.send(api.commit(api.batches.unknown(), body=body)) for body in bodies]


def wrong_tokens(token: str) -> tuple[str, ...]:
    """Return tokens that are not this one: a stranger's, and what a slip of the hand makes of one's own."""
    return ("not-a-token", base64.b64encode(b"made up, and as long as a real one " * 8).decode(), *derived(token))


def _until_accepted(api: Api, requests: Iterable[Request]) -> Sequence[Exchange]:
    """Send what is to be refused; one acceptance is proof enough, and each costs a batch."""
    exchanges = []
    for request in requests:
        exchanges.append(api.send(request))
        if _accepted(exchanges[-1]):
            break
    return exchanges


def _accepted(exchange: Exchange) -> bool:
    return 200 <= exchange.status < 300  # noqa: PLR2004 - a status class


def _in_each_language(api: Api, state: BatchState) -> Sequence[Exchange]:
    batch_id = api.batches.take(state)
    return [api.send(api.commit(batch_id, language=language)) for language in LANGUAGES]
