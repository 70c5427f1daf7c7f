"""Scenarios of AUTH: calls without a valid token, and for projects in which the token has no rights."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.exchange.tokens import near_misses
from conformance.requirements.scenario_helpers import LANGUAGES, may_be_used_up, then_committed, tried
from conformance.requirements.scenario_registry import scenario
from conformance.target.session import OWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Account, Session

# A token of IAM is a signed message in base64, which begins like this.
MADE_UP = "MII" + base64.b64encode(b"made up, and as long as a real one " * 8).decode()


@scenario()
def calls_without_a_token(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch without X-Auth-Token and with an empty one, before and after one with it."""
    batch_id = session.batches.unknown()
    calls = ((None, None), ("", None), (OWN, None), (None, None), ("", "en-us"), (None, "zh-cn"), (None, "en-us"))
    return [session.send(session.commit(batch_id, token=token, language=language)) for token, language in calls]


@scenario()
def calls_with_a_wrong_token(session: Session) -> Sequence[Exchange]:
    """Commits of an unknown batch with a made-up, a placeholder or an expired token, in each language."""
    calls = [(token, language) for language in LANGUAGES for token in _invalid_tokens(session.account)]
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


@scenario(can_create_batches=True)
def calls_without_a_token_after_one_with_it(session: Session) -> Sequence[Exchange]:
    """A call for a validated batch with the token and another media type, and then commits without a token."""
    batch_id = session.batches.reusable_ready()
    requests = [session.commit(batch_id, token=None), session.commit(batch_id, token="")]
    return tried(session, [session.commit(batch_id, media_type="text/plain"), *requests])


@scenario(foreign=True)
def calls_for_a_foreign_project(session: Session) -> Sequence[Exchange]:
    """Commits in a project in which the token has no rights, of a validated batch if there is one."""
    foreign = session.account.foreign_project_id or ""
    return tried(
        session,
        (session.commit(session.batches.foreign(), project_id=foreign, language=language) for language in LANGUAGES),
    )


@scenario(BatchState.READY)
def refused_calls_have_no_effect(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch without a token and with invalid ones, and then with the valid one."""
    refused = []
    for number, token in enumerate(
        (None, "", None, *_invalid_tokens(session.account), *near_misses(session.account.token))
    ):
        language = LANGUAGES[number % len(LANGUAGES)]
        refused.append(session.send(session.commit(session.batches.reusable_ready(), token=token, language=language)))
        # Each accepted call costs a batch. Where the user pays for them, one is proof enough.
        if not session.batches.can_create_batches and may_be_used_up(session, refused[-1]):
            break
    return then_committed(session, refused)


@scenario(BatchState.READY, foreign=True)
def foreign_calls_have_no_effect(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch under a project in which the token has no rights, and then under its own."""
    foreign = session.account.foreign_project_id or ""
    refused = []
    for language in LANGUAGES:
        refused.append(
            session.send(session.commit(session.batches.reusable_ready(), project_id=foreign, language=language))
        )
        if may_be_used_up(session, refused[-1]):
            break
    return then_committed(session, refused)


@scenario(BatchState.READY)
def calls_for_an_unknown_project(session: Session) -> Sequence[Exchange]:
    """Commits of a validated batch under a project that does not exist, and then under its own."""
    project_id = session.batches.unknown().replace("-", "")
    requests = [
        session.commit(session.batches.reusable_ready(), project_id=project_id, language=language)
        for language in LANGUAGES
    ]
    return then_committed(session, tried(session, requests))


def _invalid_tokens(account: Account) -> tuple[str, ...]:
    """Return tokens that IAM never issued, and the expired one if it is known."""
    return ("not-a-token", "null", MADE_UP, *([account.expired_token] if account.expired_token else ()))
