"""Scenarios of AUTH: calls without a valid token, and for projects in which the token has no rights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Form
from conformance.exchange.tokens import is_placeholder_token, near_misses
from conformance.requirements.covering import pairs_covered
from conformance.requirements.scenario_helpers import (
    BROWSERS,
    LANGUAGES,
    MADE_UP,
    may_be_used_up,
    then_committed,
    tried,
    with_headers,
)
from conformance.requirements.scenario_registry import scenario
from conformance.target.session import OWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.exchange.exchange import Exchange, Header, Request
    from conformance.target.account import Account
    from conformance.target.session import Session

SPELLINGS = (
    ("/commit", "/commit/"),
    ("/commit", "//commit"),
    ("/v5/", "//v5/"),
    ("/commit", "/commit?x=1"),
    ("/commit", "/%63ommit"),
)
"""Replacements in a path, which the documentation does not mention."""
JSON = ("application/json", "application/json; charset=utf-8")
CASES: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper)
FORMS = (None, Form(version="1.0", framing="none"), Form(framing="chunked"), Form(absolute=True))
CODINGS = ("identity", "gzip")
BODIES = (b"", b"{}")
LENGTHENED = 15
"""Times that a made-up token is repeated to be longer than those of IAM, and short enough for a header of 8 KB."""


@scenario()
def calls_without_a_token(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch without X-Auth-Token and with an empty one, before and after one with it."""
    batch_id = session.batches.unknown()
    calls = ((None, None), ("", None), (OWN, None), (None, None), ("", "en-us"), (None, "zh-cn"), (None, "en-us"))
    return [session.send(session.commit(batch_id, token=token, language=language)) for token, language in calls]


@scenario()
def calls_with_a_wrong_token(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with made-up, placeholder and expired tokens, and one of them in each language."""
    tokens = (*_invalid_tokens(session.account), MADE_UP * LENGTHENED)
    calls = [*((token, None) for token in tokens), (MADE_UP, "en-us"), (MADE_UP, "zh-cn")]
    return [
        session.send(session.commit(session.batches.unknown(), token=token, language=language))
        for token, language in calls
    ]


@scenario(token=True)
def calls_with_a_similar_token(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with the token shortened, lengthened, in another case, or doubled."""
    return [
        session.send(session.commit(session.batches.unknown(), token=token))
        for token in near_misses(session.account.token)
    ]


@scenario(BatchState.READY)
def calls_without_a_token_after_one_with_it(session: Session) -> Sequence[Exchange]:
    """A call for a validated batch with the token and another media type, commits without one, and one with it."""
    batch_id = session.batches.reusable_ready()
    requests = [session.commit(batch_id, token=None), session.commit(batch_id, token="")]
    refused = tried(session, [session.commit(batch_id, media_type="text/plain"), *requests])
    return then_committed(session, refused)  # so that no other scenario gets a batch that this one has changed


@scenario(foreign=True)
def calls_for_a_foreign_project(session: Session) -> Sequence[Exchange]:
    """Commits in a project in which the token has no rights, the last ones with the caller's project in a header."""
    foreign = session.account.foreign_project_id or ""
    requests = [
        session.commit(session.batches.foreign(), project_id=foreign, language=language) for language in LANGUAGES
    ]
    requests += [
        with_headers(
            requests[0], ("X-Project-Id", project_id), ("X-Request-Id", "drs-conform-0004"), ("Accept", BROWSERS)
        )
        for project_id in (session.account.project_id, foreign)
    ]
    requests.append(replace(requests[0], target=f"{requests[0].target}?project_id={quote(session.account.project_id)}"))
    requests.append(replace(requests[0], form=Form(absolute=True)))
    requests.append(session.commit(session.batches.unknown(), project_id=foreign))
    return tried(session, requests)


@scenario(BatchState.READY)
def refused_calls_have_no_effect(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch without a valid token, in each two other conditions, and then with the valid one."""
    return _then_with_the_token(session, _without_a_valid_token(session.account))


@scenario(BatchState.READY)
def other_calls_without_a_token(session: Session) -> Sequence[Exchange]:
    """Calls for a validated batch without a valid token: other spellings of its path, media types and credentials."""
    tokens = (None, "", *_invalid_tokens(session.account)[-1:], *[*near_misses(session.account.token)][:1])
    media_types = (_Call(token, media_type=media_type) for token in tokens for media_type in ("text/plain", None))
    spellings = (_Call(token, spelling=spelling) for token in tokens for spelling in SPELLINGS)
    encoded = _Call(None, spelling=("-", "%2D"))
    elsewhere = (
        _Call(token, others=others, form=form)
        for token in (None, "")
        for others, form in _rare_credentials(session.account)
    )
    return _then_with_the_token(session, (*media_types, *spellings, encoded, *elsewhere))


@scenario(BatchState.READY)
def calls_with_a_cookie_alone(session: Session) -> Sequence[Exchange]:
    """If the target sets cookies, a commit of a validated batch with them and no token, and then with the token."""
    if not session.cookies:
        return []
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    tokens = (None, *([session.account.expired_token] if session.account.expired_token else ()))
    return _then_with_the_token(session, [_Call(token, others=(("Cookie", cookie),)) for token in tokens])


@scenario(BatchState.READY)
def commits_repeated_without_a_token(session: Session) -> Sequence[Exchange]:
    """The commit of a validated batch, and then the same call without a token, with an empty one and a wrong one."""
    batch_id = session.batches.allocate(BatchState.READY)
    first = session.send(session.commit(batch_id))
    committed = session.batches.states[batch_id] is BatchState.COMMITTED  # what a dry run assumes
    if first.status != HTTPStatus.OK and not committed:
        return [first]  # nobody knows whether it was
    others = (None, "", MADE_UP, *([session.account.foreign_token] if session.account.foreign_token else ()))
    return [first, *(session.send(session.commit(batch_id, token=token)) for token in others)]


@scenario(BatchState.READY)
def callers_at_the_same_time(session: Session) -> Sequence[Exchange]:
    """Calls with the token, and with a made-up one for a validated batch: alone, then together, some in parts."""
    own = session.commit(session.batches.unknown())
    other = session.commit(session.batches.reusable_ready(), token=MADE_UP)
    calls = _whole_and_in_parts(own, other)
    alone = tried(session, calls)
    if len(alone) < len(calls) or may_be_used_up(session, alone[-1]):
        return alone
    return then_committed(session, [*alone, *session.send_together(calls * 2)])


@scenario(foreign=True, foreign_token=True)
def customers_at_the_same_time(session: Session) -> Sequence[Exchange]:
    """Calls of two customers, each for an unknown batch in its own project: alone, then together, some in parts."""
    calls = _whole_and_in_parts(
        session.commit(session.batches.unknown()), _of_another_customer(session, session.batches.unknown())
    )
    return [*(session.send(call) for call in calls), *session.send_together(calls * 2)]


@scenario(BatchState.READY, foreign=True, foreign_token=True)
def calls_with_the_token_of_another_project(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch with a token of another project, and then with the own token."""
    requests = [
        session.commit(session.batches.reusable_ready(), token=session.account.foreign_token),
        session.commit(
            session.batches.reusable_ready(),
            token=session.account.foreign_token,
            language="zh-cn",
            media_type=JSON[1],
            body=b"{}",
        ),
    ]
    return then_committed(session, tried(session, requests))


@scenario(BatchState.READY, foreign=True, foreign_token=True)
def calls_of_another_customer(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch by another customer, in its project, and then by the caller."""
    requests = [
        _of_another_customer(session, session.batches.reusable_ready(), language=language)
        for language in ("en-us", "zh-cn")
    ]
    return then_committed(session, tried(session, requests))


@scenario(BatchState.READY, foreign=True)
def foreign_calls_have_no_effect(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch under a project in which the token has no rights, and then under its own."""
    foreign = session.account.foreign_project_id or ""
    requests = [
        session.commit(session.batches.reusable_ready(), project_id=foreign, language=language)
        for language in (None, "zh-cn")
    ]
    return then_committed(session, tried(session, requests))


@scenario(BatchState.READY)
def calls_for_an_unknown_project(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch under projects that do not exist or resemble its own, and then under its own."""
    own = session.account.project_id
    project_id = session.batches.unknown().replace("-", "")
    similar = own[: len(own) // 2] + project_id[len(own) // 2 :]
    calls = ((project_id, None), (similar, "zh-cn"), (f"{own}0", None), (f"{own} ", None), (own[:-1], "en-us"))
    requests = [
        session.commit(session.batches.reusable_ready(), project_id=project_id, language=language)
        for project_id, language in calls
    ]
    return then_committed(session, tried(session, requests))


@dataclass(frozen=True)
class _Call:
    """What a call without a valid token has instead, and how it differs otherwise."""

    token: str | None
    language: str | None = None
    media_type: str | None = "application/json"
    case: Callable[[str], str] = str
    others: tuple[Header, ...] = ()
    spelling: tuple[str, str] = ("", "")
    form: Form | None = None
    coding: str = "identity"
    body: bytes = b""


def _of_another_customer(session: Session, batch_id: str, *, language: str | None = None) -> Request:
    """Return a call with the foreign token, in the project of that token."""
    account = session.account
    return session.commit(
        batch_id, token=account.foreign_token, project_id=account.foreign_project_id or "", language=language
    )


def _whole_and_in_parts(*calls: Request) -> list[Request]:
    """Return these calls, and each of them with a body and in parts."""
    return [*calls, *(replace(call, body=b"{}", form=Form(split=True)) for call in calls)]


def _then_with_the_token(session: Session, calls: Iterable[_Call]) -> Sequence[Exchange]:
    """Send calls that name a validated batch without a valid token, and then the commit."""
    refused: list[Exchange] = []
    for call in calls:
        request = session.commit(
            session.batches.reusable_ready(),
            token=call.token,
            language=call.language,
            media_type=call.media_type,
            accept_encoding=call.coding,
            body=call.body,
        )
        headers = tuple((call.case(name), value) for name, value in (*request.headers, *call.others))
        target = request.target.replace(*call.spelling)
        refused.append(session.send(replace(request, target=target, headers=headers, form=call.form)))
        if refused[-1].throttled:
            refused.clear()  # nobody knows what it did, so the next calls name another batch
            continue
        # Each accepted call costs a batch. Where the user pays for them, one is proof enough.
        if not session.batches.can_create_batches and may_be_used_up(session, refused[-1]):
            break
    return then_committed(session, refused)


def _without_a_valid_token(account: Account) -> Iterator[_Call]:
    """Yield calls in which each wrong token meets each other condition, and no and an empty one meet each two.

    A server may refuse another path or media type before it looks at the token, which would hide the other conditions.
    """
    others = _other_credentials(account)
    conditions = (LANGUAGES, JSON, CASES, others, BODIES, FORMS, CODINGS)
    wrong = (*_invalid_tokens(account), *near_misses(account.token))
    rows = [(token, row) for token in (None, "") for row in pairs_covered(*conditions)]
    rows += [(wrong[token], tuple(row)) for token, *row in pairs_covered(wrong, *conditions)]
    for token, (language, media_type, case, other, body, form, coding) in rows:
        yield _Call(
            token,
            LANGUAGES[language],
            JSON[media_type],
            CASES[case],
            others[other],
            body=BODIES[body],
            form=FORMS[form],
            coding=CODINGS[coding],
        )


def _other_credentials(account: Account) -> tuple[tuple[Header, ...], ...]:
    """Return other headers that a careless server might take for the credentials, with the valid token."""
    names = ("Authorization", "X-Subject-Token") if not is_placeholder_token(account.token) else ()
    return ((), *(((name, account.token),) for name in names))


def _rare_credentials(account: Account) -> Iterator[tuple[tuple[Header, ...], Form | None]]:
    """Yield further credentials, and the form of a call with them: in other places, and a signature of nobody."""
    if is_placeholder_token(account.token):
        return
    signed = f"SDK-HMAC-SHA256 Access=AK0123456789, SignedHeaders=host;x-sdk-date, Signature={'0' * 64}"
    yield (("X-Sdk-Date", "20260101T000000Z"), ("Authorization", signed)), None
    yield _identity(account), None
    yield (("Authorization", f"Bearer {account.token}"), ("X-Forwarded-For", "127.0.0.1")), None
    yield (("Cookie", f"X-Auth-Token={account.token}"), ("X_Auth_Token", account.token)), None
    yield (("X-Auth-Token", account.token),), Form(framing="annotated", trailing=1)


def _identity(account: Account) -> tuple[Header, ...]:
    """Return headers in which a proxy names the caller that it has authenticated."""
    return (
        *(("Via", "1.1 gateway"), ("Forwarded", "for=127.0.0.1"), ("X-Real-IP", "127.0.0.1"), ("X-Roles", "admin")),
        *(("X-Identity-Status", "Confirmed"), ("X-User-Id", "admin"), ("X-Internal", "true"), ("X-Debug", "true")),
        *((name, account.project_id) for name in ("X-Project-Id", "X-Tenant-Id", "X-Domain-Id")),
    )


def _invalid_tokens(account: Account) -> tuple[str, ...]:
    """Return tokens that IAM never issued, and the expired one if it is known."""
    return ("not a token!", "null", MADE_UP, *([account.expired_token] if account.expired_token else ()))
