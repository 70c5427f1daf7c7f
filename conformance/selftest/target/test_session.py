"""A session does not send unsafe requests."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from conformance.auth.authentication import Authentication
from conformance.engine.log import RunLog
from conformance.errors import SafetyError
from conformance.exchange.classification import Classifier
from conformance.selftest.support.invented_exchanges import OPERATION, TOKEN
from conformance.spec import catalogue
from conformance.spec.openapi import load
from conformance.target.batches import Batches
from conformance.target.session import Account, Session
from conformance.target.transport import DryRunTransport


def test_a_request_that_names_a_protected_batch_is_not_sent() -> None:
    sent = DryRunTransport()
    session = Session(
        operation=OPERATION,
        account=Account("p", Authentication(TOKEN)),
        transport=sent,
        classifier=Classifier(load(), token=TOKEN, project_id="p", foreign=None),
        batches=Batches({}, seed=1, provider=None),
        log=RunLog(catalogue.load()),
        pause=time.sleep,
        protected_batches=frozenset(["b"]),
    )
    session.send(session.commit("a"))

    for request in (session.commit("b"), session.commit("b", token=None), replace(session.commit("b"), method="GET")):
        with pytest.raises(SafetyError, match="the batch b"):
            session.send(request)
    assert sent.sent == 1
