"""The verdict on servers that are not DRS, or implement it partly."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.auth.authentication import Token
from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.exchange.redaction import MASK
from conformance.mock.answers import GatewayError
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.faults.registry import pipeline_fault
from conformance.mock.settings import MockSettings
from conformance.proof.direct import connecting
from conformance.proof.runs import PlannedRun, perform
from conformance.selftest.support.servers import answering
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.mock.pipeline import Pipeline
    from conformance.mock.request import ReceivedRequest
    from conformance.selftest.support.command_line import CommandLine

REFUSAL = b'{"error_code": "DRS.10000001", "error_msg": "Failed."}'

GATEWAY = b'{"error_code": "APIGW.0301", "error_msg": "no", "request_id": "1"}'

VERDICTS = {
    "token refused": (401, GATEWAY, 3, "credentials"),
    "project refused": (403, GATEWAY, 3, "credentials"),
    "not published": (404, GATEWAY, 3, "not published"),
    "throttled": (429, GATEWAY, 3, "429"),
    "always a server error": (500, GATEWAY, 4, "500"),
    "always another status": (418, GATEWAY, 1, "REQ-001"),
    "always the same refusal": (400, REFUSAL, 1, "LIFE-001"),
    "always accepted": (200, b'{"job": {"async_job_id": "1", "status": "s", "msg": "m"}}', 1, "LIFE-002"),
    "a page instead of an API": (200, b"<html>", 1, "RES-001"),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_a_server_that_is_not_drs_never_conforms(case: str, drs_conform: CommandLine) -> None:
    status, body, code, named = VERDICTS[case]

    with answering(status, body, {"Retry-After": "0"}) as url:
        outcome = drs_conform("--target", url, "--ready-job", "r1", "--ready-job", "r2")

    assert outcome.code == code
    assert named in outcome.out.splitlines()[0]


def test_a_redirect_is_inconclusive_and_is_not_followed(drs_conform: CommandLine) -> None:
    with answering(302, b"", {"Location": "mailto:nobody@example.com"}) as url:
        outcome = drs_conform("--target", url)

    assert outcome.code == 3
    assert "mailto:nobody@example.com" in outcome.out.splitlines()[0]


def test_a_mock_with_an_invalid_description_is_treated_as_any_server(drs_conform: CommandLine) -> None:
    with answering(200, b'{"mock": "drs", "token": 1}') as url:
        outcome = drs_conform("--target", url, "--only", "LIFE-002")

    assert outcome.code == 1


def test_a_server_without_authentication_does_not_conform_in_the_profile_safe(drs_conform: CommandLine) -> None:
    """The server rejects the requests of the profile safe, but only because the batches are unknown."""
    with EmbeddedServer(MockSettings(faults=("no-authentication",))) as mock:
        outcome = drs_conform("--target", mock.url, "--profile", "safe")

    assert outcome.code == 3
    assert "AUTH-001" in outcome.out.splitlines()[0]


def test_a_token_that_the_server_echoes_is_in_no_report(drs_conform: CommandLine) -> None:
    token = "canary-5f1d7c0e9b"
    with answering(400, f'{{"error_code": "DRS.10000001", "error_msg": "{token}"}}'.encode()) as url:
        outcome = drs_conform("--target", url, DRS_TOKEN=token)

    files = [path.read_bytes() for path in outcome.directory.rglob("*") if path.is_file()]
    assert "HTTP-005.json" in {path.name for path in outcome.directory.rglob("*")}
    assert outcome.requirement("HTTP-005")["verdict"] == "warn"
    assert not any(token.encode() in content for content in [*files, outcome.out.encode(), outcome.err.encode()])


def test_an_observation_is_not_counted_as_a_requirement_met(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", "ERR-003", "ERR-012")

    assert outcome.code == 0
    assert outcome.out.splitlines()[0] == "conforms: 1 requirement met, 1 observation"


@pytest.mark.parametrize("token", ["requirement", "requirementsbroken:", "profilesafe"])
@pytest.mark.parametrize("faults", [(), ("error-code-nested", "error-msg-null-after-a-result")], ids=["none", "some"])
def test_a_token_that_is_a_word_of_the_suite_hides_none_of_its_reasons(token: str, faults: tuple[str, ...]) -> None:
    connect = partial(connecting, MockSettings(faults=faults))
    with Run(Settings(login=Token(token), only=("ERR",)), catalogue.load(), connect=connect) as run:
        list(run.events())
    report = run.report()

    assert MASK not in "\n".join([report.reason, *(requirement.reason for requirement in report.requirements)])


@pytest.mark.parametrize(("every", "code"), [(97, 0), (2, 3)])
@pytest.mark.usefixtures("own_faults")
def test_a_call_that_is_put_off_now_and_then_leaves_the_others_to_judge_by(every: int, code: int) -> None:
    numbers = itertools.count(1)

    def putting_off(pipeline: Pipeline) -> Pipeline:
        def check(request: ReceivedRequest) -> None:
            if next(numbers) % every == 0:
                raise GatewayError(503, "DRS.M00503", "Busy.", {"Retry-After": "0"})
            pipeline.check_limits(request)

        return replace(pipeline, check_limits=check)

    pipeline_fault("put-off", "HTTP-003", "Put calls off.", putting_off)

    assert perform(PlannedRun(fault="put-off", named=True)).code == code
