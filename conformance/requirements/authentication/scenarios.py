"""Scenarios of AUTH: calls without a valid token, and for projects in which the token has no rights."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.exchange.tokens import derived
from conformance.requirements.scenario_helpers import LANGUAGES, accepted, then_committed, tried
from conformance.requirements.scenario_registry import scenario
from conformance.target.session import OWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Account, Api

# A token of IAM is a signed message in base64, which begins like this.
MADE_UP = "MII" + base64.b64encode(b"made up, and as long as a real one " * 8).decode()


@scenario()
def calls_without_a_token(api: Api) -> Sequence[Exchange]:
    """Commits of an unknown batch without X-Auth-Token and with an empty one, before and after one with it."""
    batch_id = api.batches.unknown()
    calls = ((None, None), ("", None), (OWN, None), (None, None), ("", "en-us"), (None, "zh-cn"), (None, "en-us"))
    return [api.send(api.commit(batch_id, token=token, language=language)) for token, language in calls]


@scenario()
def calls_with_a_wrong_token(api: Api) -> Sequence[Exchange]:
    """Commits of an unknown batch with a made-up, a placeholder or an expired token, in each language."""
    calls = [(token, language) for language in LANGUAGES for token in _invalid_tokens(api.account)]
    return [api.send(api.commit(api.batches.unknown(), token=token, language=language)) for token, language in calls]


@scenario(token=True)
def calls_with_a_similar_token(api: Api) -> Sequence[Exchange]:
    """Commits of an unknown batch with the token shortened, lengthened, in another case, or doubled."""
    return [api.send(api.commit(api.batches.unknown(), token=token)) for token in derived(api.account.token)]


@scenario(plenty=True)
def calls_without_a_token_after_one_with_it(api: Api) -> Sequence[Exchange]:
    """A call for a validated batch with the token and another media type, and then commits without a token."""
    batch_id = api.batches.bait()
    requests = [api.commit(batch_id, token=None), api.commit(batch_id, token="")]
    return tried(api, [api.commit(batch_id, media_type="text/plain"), *requests])


@scenario(foreign=True)
def calls_for_a_foreign_project(api: Api) -> Sequence[Exchange]:
    """Commits in a project in which the token has no rights, of a validated batch if there is one."""
    foreign = api.account.foreign_project_id or ""
    return [
        api.send(api.commit(api.batches.foreign(), project_id=foreign, language=language)) for language in LANGUAGES
    ]


@scenario(BatchState.READY)
def refused_calls_have_no_effect(api: Api) -> Sequence[Exchange]:
    """Commits of a validated batch without a token and with invalid ones, and then with the valid one."""
    refused = []
    for number, token in enumerate((None, "", None, *_invalid_tokens(api.account), *derived(api.account.token))):
        language = LANGUAGES[number % len(LANGUAGES)]
        refused.append(api.send(api.commit(api.batches.bait(), token=token, language=language)))
        # Each accepted call costs a batch. Where the user pays for them, one is proof enough.
        if accepted(refused[-1]) and not api.batches.plenty:
            break
    return then_committed(api, refused)


@scenario(BatchState.READY, foreign=True)
def foreign_calls_have_no_effect(api: Api) -> Sequence[Exchange]:
    """Commits of a validated batch under a project in which the token has no rights, and then under its own."""
    foreign = api.account.foreign_project_id or ""
    refused = []
    for language in LANGUAGES:
        refused.append(api.send(api.commit(api.batches.bait(), project_id=foreign, language=language)))
        if accepted(refused[-1]):
            break
    return then_committed(api, refused)


@scenario(BatchState.READY)
def calls_for_an_unknown_project(api: Api) -> Sequence[Exchange]:
    """Commits of a validated batch under a project that does not exist, and then under its own."""
    project_id = api.batches.unknown().replace("-", "")
    requests = [api.commit(api.batches.bait(), project_id=project_id, language=language) for language in LANGUAGES]
    return then_committed(api, tried(api, requests))


def _invalid_tokens(account: Account) -> tuple[str, ...]:
    """Return tokens that IAM never issued, and the expired one if it is known."""
    return ("not-a-token", "null", MADE_UP, *([account.expired_token] if account.expired_token else ()))
