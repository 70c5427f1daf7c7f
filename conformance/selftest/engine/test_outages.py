"""Services that are not available, and services that only look as if they were not."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.settings import Settings
from conformance.engine import preflight
from conformance.engine.run import Run
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Response, TransportFailure
from conformance.exchange.verdicts import BROKEN, Verdict
from conformance.mock.settings import PROJECT_ID, MockSettings
from conformance.proof.direct import connecting
from conformance.proof.runs import account
from conformance.requirements.oracle_registry import violated as violated_judgement
from conformance.requirements.violations import Tally
from conformance.selftest.support.invented_exchanges import BATCH, exchange
from conformance.selftest.support.servers import answering, unused_port
from conformance.spec import catalogue
from conformance.target.batches import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from conformance.exchange.exchange import FailureKind, Request
    from conformance.exchange.transport import Outcome, Transport
    from conformance.reports.model import Report
    from conformance.selftest.support.command_line import CommandLine
    from conformance.target.connection import Connection

    Change = Callable[[int, Request, Outcome], Outcome]

PAGE = b"<html><h1>502 Bad Gateway</h1></html>"
GATEWAY = b'{"error_code": "APIGW.0302", "error_msg": "no rights here", "request_id": "1"}'
NAMED = account()


@dataclass
class Between:
    """A transport that changes outcomes by a function of the request, its number and its outcome."""

    transport: Transport
    change: Change
    number: int = 0

    @property
    def sent(self) -> int:
        return self.transport.sent

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        return self._changed(requests, self.transport.send(requests, repeatable=repeatable))

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        return self._changed(requests, self.transport.send_in_turn(requests, repeatable=repeatable))

    def _changed(self, requests: Sequence[Request], outcomes: Sequence[Outcome]) -> list[Outcome]:
        self.number += 1
        return [self.change(self.number, *pair) for pair in zip(requests, outcomes, strict=True)]


def judged(change: Change, options: dict[str, Any]) -> Report:
    """Run the suite on a mock behind something that changes its answers; batches are named unless there are none."""

    @contextmanager
    def connect(settings: Settings) -> Iterator[Connection]:
        with connecting(MockSettings(control=not options), settings) as connection:
            yield replace(connection, transport=Between(connection.transport, change))

    with Run(Settings.read(options), catalogue.load(), connect=connect) as run:
        list(run.events())
    return run.report()


def violated(report: Report) -> set[str]:
    return {item.id for item in report.requirements if item.verdict in BROKEN}


def _from_then_on(status: int, body: bytes, begin: int, number: int, _request: Request, outcome: Outcome) -> Outcome:
    return Response(status, (("Content-Type", "text/html"),), body) if number >= begin else outcome


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504])
def test_a_service_that_is_not_available_is_unreachable_and_uses_up_no_batch(
    status: int, drs_conform: CommandLine, tmp_path: Path
) -> None:
    batches = [f"--{state}-job={state}-{number}" for state in ("ready", "validating", "failed") for number in "12"]
    with answering(status, PAGE, {"Retry-After": "0"}) as url:
        outcome = drs_conform("--target", url, "--ledger", str(tmp_path / "used"), *batches)

    assert outcome.code == Verdict.UNREACHABLE.exit_code
    assert f"status {status}" in outcome.out.splitlines()[0]
    assert list((tmp_path / "used").iterdir()) == []
    assert outcome.report["traffic"]["statuses"] == []


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("options", [{}, NAMED], ids=["created", "named"])
@pytest.mark.parametrize("begin", [2, 60])
def test_a_service_that_becomes_unavailable_is_unreachable(status: int, options: dict[str, Any], begin: int) -> None:
    report = judged(partial(_from_then_on, status, PAGE, begin), options)

    assert report.verdict is Verdict.UNREACHABLE
    assert f"status {status}" in report.reason
    assert violated(report) <= {"HTTP-003"}


@pytest.mark.parametrize("options", [{}, NAMED], ids=["created", "named"])
def test_a_target_that_stops_answering_is_given_up_after_few_calls(options: dict[str, Any]) -> None:
    unanswered: list[int] = []

    def change(number: int, _request: Request, outcome: Outcome) -> Outcome:
        if number < 60:
            return outcome
        unanswered.append(number)
        return TransportFailure("timeout", "no complete answer within 30 s")

    report = judged(change, options)

    assert report.verdict is Verdict.UNREACHABLE
    assert "has not answered" in report.reason
    assert violated(report) <= {"HTTP-001", "HTTP-002"}
    assert len(unanswered) <= 16


def test_single_calls_without_an_answer_do_not_end_a_run() -> None:
    def change(_number: int, request: Request, outcome: Outcome) -> Outcome:
        lost = ("X-Language", "zh-cn") in request.headers
        return TransportFailure("timeout", "no complete answer within 30 s") if lost else outcome

    report = judged(change, {})

    assert report.ended_by is None
    assert report.requests > 500
    assert "HTTP-002" in violated(report)


@pytest.mark.parametrize(("body", "expected"), [(PAGE, {"GATE-001"}), (GATEWAY, set())])
def test_a_call_that_is_put_off_is_judged_by_its_form_alone(body: bytes, expected: set[str]) -> None:
    put_off = Response(429, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)

    def change(number: int, _request: Request, outcome: Outcome) -> Outcome:
        return replace(outcome, put_off=put_off) if isinstance(outcome, Response) and number % 5 == 0 else outcome

    report = judged(change, {})

    assert violated(report) - {"HTTP-011"} == expected
    assert report.verdict is Verdict.CONFORMS


def _unknown_batches(response: Response, named: frozenset[str]) -> Change:
    """Answer calls that name none of these batches with this response, if they are authorised."""

    def change(_number: int, request: Request, outcome: Outcome) -> Outcome:
        authorised = isinstance(outcome, Response) and outcome.status == 400
        return response if authorised and not any(batch in request.target for batch in named) else outcome

    return change


REJECTIONS = {
    "401": Response(401, (), GATEWAY),
    "403": Response(403, (), GATEWAY),
    "404": Response(404, (), GATEWAY),
    "404 as text": Response(404, (("Content-Type", "text/plain"),), b"404 page not found\n"),
}
REFUSALS = {
    **REJECTIONS,
    "302": Response(302, (("Location", "https://example.com/login"),), b""),
    "500": Response(500, (), PAGE),
    "503": Response(503, (("Retry-After", "0"),), GATEWAY),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_service_that_refuses_unknown_batches_alone_in_this_way_is_judged(refusal: Response) -> None:
    named = frozenset(batch for value in NAMED.values() if isinstance(value, list) for batch in value)

    report = judged(_unknown_batches(refusal, named), NAMED)

    assert report.verdict is Verdict.VIOLATES
    assert "REQ-001" in violated(report)
    finding = next(item for item in report.requirements if item.id == "REQ-001").findings[0]
    assert f"status {refusal.status}" in finding.actual


@pytest.mark.parametrize("refusal", REJECTIONS.values(), ids=REJECTIONS)
def test_one_ready_batch_shows_that_a_rejection_is_not_that_of_each_call(refusal: Response) -> None:
    options = {"ready_job": NAMED["ready_job"]}

    report = judged(_unknown_batches(refusal, frozenset(options["ready_job"])), options)

    assert "REQ-001" in violated(report)


def test_a_ready_batch_whose_commit_is_rejected_like_any_other_is_not_used_up(
    drs_conform: CommandLine, tmp_path: Path
) -> None:
    with answering(403, GATEWAY) as url:
        outcome = drs_conform("--target", url, "--ledger", str(tmp_path / "used"), "--ready-job=r1", "--ready-job=r2")

    assert outcome.code == Verdict.INCONCLUSIVE.exit_code
    assert list((tmp_path / "used").iterdir()) == []


def test_each_refusal_with_a_server_error_is_a_violation_where_other_calls_are_answered() -> None:
    def change(_number: int, _request: Request, outcome: Outcome) -> Outcome:
        refused = isinstance(outcome, Response) and outcome.status == 400
        return Response(500, (), PAGE) if refused else outcome

    report = judged(change, NAMED)

    assert report.verdict is Verdict.VIOLATES
    assert "REQ-001" in violated(report)
    assert report.requests <= 600


def test_the_words_and_the_answer_of_a_target_that_refuses_all_are_in_the_report(drs_conform: CommandLine) -> None:
    token = "a-token-that-is-repeated"
    said = f'{{"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail for {token}", "request_id": "1"}}'
    with answering(401, said.encode()) as url:
        outcome = drs_conform("--target", url, DRS_TOKEN=token)

    page = (outcome.directory / "report.html").read_text(encoding="utf-8")
    assert "APIGW.0301: verify aksk signature fail for [redacted]" in outcome.out.splitlines()[0]
    assert outcome.report["ended_by"]["request"]["start"].startswith("POST /v5/")
    assert outcome.report["ended_by"]["response"]["start"] == "HTTP/1.1 401"
    assert "The request that ended the run" in page
    assert token not in json.dumps(outcome.report) + page + outcome.out


def test_the_report_of_a_service_that_becomes_unavailable_has_the_first_answer_that_shows_it() -> None:
    report = judged(partial(_from_then_on, 502, PAGE, 20), NAMED)

    assert report.ended_by is not None
    assert report.ended_by.response is not None
    assert report.ended_by.response.body == PAGE.decode()


def test_a_proxy_that_does_not_listen_is_named(drs_conform: CommandLine) -> None:
    proxy = f"127.0.0.1:{unused_port()}"

    given = {"DRS_TOKEN": "a-token-of-an-account", "DRS_PROXY": f"http://user:secret-word@{proxy}"}
    outcome = drs_conform("--target", "https://drs.example.com", "--project-id", PROJECT_ID, **given)

    assert outcome.code == Verdict.UNREACHABLE.exit_code
    assert outcome.out.startswith(f"unreachable: the proxy {proxy}: ")
    assert "secret-word" not in outcome.out


FAILURES: dict[str, tuple[FailureKind, str, str | None, bool, str]] = {
    "another name": ("insecure", "certificate verify failed: Hostname mismatch", None, True, "for another name"),
    "not trusted": ("insecure", "certificate verify failed: self-signed certificate", None, False, "with --ca-file"),
    "another authority": ("insecure", "certificate verify failed: unable to get issuer", None, True, "does not have"),
    "behind a proxy": ("unreachable", "502 Bad Gateway", "http://p:3128", False, "the proxy p:3128 does not reach it"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_the_reason_for_no_answer_names_what_can_be_done(case: str) -> None:
    kind, detail, proxy, trusted, words = FAILURES[case]
    seen = exchange(TransportFailure(kind, detail))

    abort = preflight.abort_reason(seen, "https://t", proxy=proxy, trusted=trusted)

    assert abort is not None
    assert words in abort.reason


def test_batches_that_are_used_up_are_not_called_missing() -> None:
    batches = Batches({BatchState.READY: ["r1", "r2"]}, seed=1, provider=None)
    batches.allocate(BatchState.READY)
    batches.allocate(BatchState.READY)

    assert batches.describe_missing(BatchState.READY) == (
        "needs another --ready-job, since all 2 that were given are used up"
    )
    assert batches.describe_missing(BatchState.FAILED) == "needs --failed-job"


def test_a_violation_is_shown_by_a_request_that_can_be_sent_again_if_there_is_one() -> None:
    refusal, tally = violated_judgement("x", "y"), Tally()
    committed = exchange(Response(500, (), b""), state=BatchState.READY)
    unknown = exchange(Response(500, (), b""), batch=f"{BATCH}-that-is-longer")

    for seen in (committed, unknown):
        tally.add(refusal, [seen])

    assert tally.smallest is not None
    assert tally.smallest.exchange is unknown
