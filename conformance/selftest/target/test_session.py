"""A session does not send unsafe requests, and says since when the target has refused the credentials."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.auth.authentication import Authentication
from conformance.engine.log import RunLog
from conformance.errors import CredentialsRefusedError, LimitError, SafetyError
from conformance.exchange.classification import Classifier
from conformance.exchange.exchange import Response
from conformance.selftest.support.invented_exchanges import OPERATION, TOKEN
from conformance.spec import catalogue
from conformance.spec.openapi import load
from conformance.target.account import Account
from conformance.target.batches import Batches
from conformance.target.session import Session
from conformance.target.transport import DryRunTransport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Request
    from conformance.exchange.transport import Outcome, Transport


class Refusing(DryRunTransport):
    """Refuses the token in a number of requests, after which the run has used up its time."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        super().send(requests, repeatable=repeatable)
        if self.sent > self.limit:
            raise LimitError("--budget 4 seconds are used up")
        return [Response(401, (), b"") for _ in requests]


def test_a_request_that_names_a_protected_batch_is_not_sent() -> None:
    sent = DryRunTransport()
    session = _session(sent, "b")
    session.send(session.commit("a"))

    for request in (session.commit("b"), session.commit("b", token=None), replace(session.commit("b"), method="GET")):
        with pytest.raises(SafetyError, match="the batch b"):
            session.send(request)
    assert sent.sent == 1


def test_credentials_are_refused_even_if_the_time_ends_before_they_might_be_accepted_again() -> None:
    session = _session(Refusing(3))

    with pytest.raises(CredentialsRefusedError, match="refused since request 1"):
        session.send(session.commit("a"))


class SettingCookies(DryRunTransport):
    """Sets a cookie in each answer."""

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        super().send(requests, repeatable=repeatable)
        headers = (("Set-Cookie", f"s={self.sent}=; Path=/; HttpOnly"), ("set-cookie", "lang=en-us"))
        return [Response(400, headers, b"") for _ in requests]


def test_the_cookies_of_answers_to_the_account_are_kept() -> None:
    session = _session(SettingCookies())

    session.send(session.commit("a", token=None))
    before = dict(session.cookies)
    session.send(session.commit("a"))

    assert (before, session.cookies) == ({}, {"s": "2=", "lang": "en-us"})


def _session(transport: Transport, *protected: str) -> Session:
    return Session(
        operation=OPERATION,
        account=Account("p", Authentication(TOKEN)),
        transport=transport,
        classifier=Classifier(load(), token=TOKEN, project_id="p", foreign=None),
        batches=Batches({}, seed=1, provider=None),
        log=RunLog(catalogue.load()),
        pause=lambda _seconds: None,
        protected_batches=frozenset(protected),
    )
