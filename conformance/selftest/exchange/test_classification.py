"""The situation of a request is read from the request itself."""

from __future__ import annotations

import pytest
from hypothesis import given

from conformance.exchange.classification import BatchState, Classifier, Credentials, Language, MediaType, Project
from conformance.exchange.exchange import Request
from conformance.exchange.paths import path
from conformance.selftest.support.drawn_requests import identifiers, requests
from conformance.selftest.support.invented_exchanges import OPERATION, TOKEN
from conformance.spec.openapi import load


@given(identifiers)
def test_a_batch_id_of_any_characters_is_one_segment_of_the_path(batch_id: str) -> None:
    request = Request("POST", path(OPERATION, project_id="p", async_job_id=batch_id), (("X-Auth-Token", TOKEN),))

    situation = Classifier(load(), token=TOKEN, project_id="p", foreign=None).classify(
        request, {batch_id: BatchState.FAILED}
    )

    assert (situation.batch_id, situation.batch, situation.project) == (batch_id, BatchState.FAILED, Project.OWN)
    assert situation.operation == OPERATION


@given(requests)
def test_a_request_is_documented_only_if_all_of_it_is(request: Request) -> None:
    situation = Classifier(load(), token=TOKEN, project_id="p", foreign=None).classify(request, {})
    values = {name: request.values(name) for name in ("X-Auth-Token", "X-Language", "Content-Type")}

    assert situation.documented == (
        values["X-Auth-Token"] == (TOKEN,)
        and values["Content-Type"] == ("application/json",)
        and values["X-Language"] in ((), ("en-us",), ("zh-cn",))
        and not request.values("X-Other")
        and not request.body
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Content-Type", "application/json", MediaType.DOCUMENTED),
        ("Content-Type", "application/JSON; charset=UTF-8", MediaType.EQUIVALENT),
        ("Content-Type", "application/json; charset=gbk", MediaType.OTHER),
        ("Content-Type", "", MediaType.OTHER),
        ("X-Language", "zh-cn", Language.ZH_CN),
        ("X-Language", "ZH-CN", Language.OTHER),
        ("X-Auth-Token", "", Credentials.EMPTY),
        ("X-Auth-Token", TOKEN, Credentials.VALID),
        ("X-Auth-Token", TOKEN[:-1], Credentials.SIMILAR),
        ("X-Auth-Token", TOKEN.upper(), Credentials.SIMILAR),
        ("X-Auth-Token", "token-of-f", Credentials.FOREIGN),
        ("X-Auth-Token", "another", Credentials.WRONG),
        ("X-Unknown", "", Credentials.MISSING),
    ],
)
def test_headers_are_classified_by_their_exact_values(name: str, value: str, expected: object) -> None:
    request = Request("POST", path(OPERATION, project_id="p", async_job_id="b"), ((name, value),))

    situation = Classifier(load(), token=TOKEN, project_id="p", foreign="f", foreign_token="token-of-f").classify(
        request, {}
    )

    assert expected in (situation.media_type, situation.language, situation.credentials)
