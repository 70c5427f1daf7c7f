"""Violations are reduced to the smallest request that reproduces them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from conformance.config.settings import Settings
from conformance.engine import confirm
from conformance.exchange.verdicts import Verdict
from conformance.reports.model import Repeats
from conformance.selftest.support.judging import (
    UUID,
    batch_id_of,
    conclude,
    finding_of,
    open_run,
    play,
    register_long_bodies,
    register_some_refusals,
    send,
)

pytestmark = pytest.mark.usefixtures("own_faults")


def test_an_id_is_shortened_as_far_as_possible_and_headers_that_are_not_needed_are_dropped() -> None:
    with open_run("error-msg-long-for-long-ids") as run:
        send(run, run.session.commit("y" * 300, language="zh-cn"))
        report, extra = conclude(run)

    finding = finding_of(report, "ERR-005")
    assert batch_id_of(finding) == "y" * 256
    assert f"/{'y' * 256}/" in finding.curl
    assert "X-Language" not in dict(finding.request.headers)
    assert finding.repeats == Repeats(sent=1, broken=1)
    assert extra <= 1 + confirm.REQUESTS_PER_VIOLATION


def test_an_odd_id_that_is_not_needed_becomes_a_uuid_and_a_header_that_is_needed_is_kept() -> None:
    with open_run("error-code-11-in-chinese") as run:
        send(run, run.session.commit("y" * 300, language="zh-cn"))
        report, _ = conclude(run)

    finding = finding_of(report, "ERR-003")
    assert re.fullmatch(UUID, batch_id_of(finding))
    assert dict(finding.request.headers)["X-Language"] == "zh-cn"


def test_an_odd_value_of_a_documented_header_becomes_the_canonical_one() -> None:
    register_some_refusals(lambda _: True)
    with open_run("some-refusals") as run:
        canonical = run.session.commit(run.session.batches.unknown())
        odd = tuple((name, "gzip" if name == "Accept-Encoding" else value) for name, value in canonical.headers)
        send(run, replace(canonical, headers=odd))
        # Forget the preflight request, which is smaller, so that the odd request is the only one.
        run.log.records["ERR-002"].smallest = None
        send(run, replace(canonical, headers=odd))
        report, _ = conclude(run)

    assert set(finding_of(report, "ERR-002").request.headers) == {
        (name, "[redacted]" if name == "X-Auth-Token" else value) for name, value in canonical.headers
    }


def test_a_body_is_shortened_as_far_as_possible_and_a_query_is_dropped() -> None:
    register_long_bodies(11)
    with open_run("long-bodies") as run:
        request = run.session.commit(run.session.batches.unknown(), body=b"0123456789{" + b"y" * 40)
        send(run, replace(request, target=f"{request.target}?x=1"))
        report, _ = conclude(run)

    finding = finding_of(report, "HTTP-003")
    assert finding.request.body == "0123456789{"
    assert "?" not in finding.request.start


def test_the_requests_to_minimise_one_finding_are_limited() -> None:
    register_long_bodies(4321)
    with open_run("long-bodies") as run:
        send(run, run.session.commit(run.session.batches.unknown(), body=b"x" * 60_000))
        report, extra = conclude(run)

    assert extra == 1 + confirm.REQUESTS_PER_VIOLATION
    assert 4321 <= len(finding_of(report, "HTTP-003").curl) < 60_000


def test_the_requests_to_minimise_all_findings_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "REQUESTS_PER_RUN", 7)
    register_long_bodies(4321)
    with open_run("error-msg-long-for-long-ids", "long-bodies") as run:
        crash = run.session.commit(run.session.batches.unknown(), body=b"x" * 60_000)
        send(run, run.session.commit("y" * 300), crash)
        report, extra = conclude(run)

    assert {key for key in ("ERR-005", "HTTP-003") if finding_of(report, key).repeats.steady} == {"ERR-005", "HTTP-003"}
    assert extra == 2 + 7


def test_one_seed_gives_the_same_findings() -> None:
    reports = []
    for _ in range(2):
        with open_run("error-msg-long-for-long-ids", "error-code-11-in-chinese", "job-missing") as run:
            play(run, "unknown-batches", "commits-of-validated-batches")
            send(run, run.session.commit("y" * 300, language="zh-cn"))
            report, extra = conclude(run)
            findings = [(item.id, finding) for item in report.requirements for finding in item.findings]
            # Each answer has its own date and ID.
            reports.append((extra, [(key, replace(finding, response=None)) for key, finding in findings]))

    assert [key for key, _ in reports[0][1]] == ["RES-002", "ERR-003", "ERR-005"]
    assert reports[0] == reports[1]


def test_a_limit_reached_while_minimising_keeps_the_smallest_request_so_far() -> None:
    with open_run("error-msg-long-for-long-ids", settings=Settings(max_requests=12)) as run:
        send(run, run.session.commit("y" * 300, language="zh-cn"))
        report, extra = conclude(run)

    finding = finding_of(report, "ERR-005")
    assert report.verdict is Verdict.VIOLATES
    assert finding.repeats.steady
    assert 256 <= len(batch_id_of(finding)) <= 300
    assert "X-Language" not in dict(finding.request.headers)
    assert extra == 10
