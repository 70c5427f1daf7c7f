"""What is found is made as small as it gets."""

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
    bodies_crash,
    concluded,
    found,
    judging,
    named,
    play,
    refusals_broken,
    send,
)

pytestmark = pytest.mark.usefixtures("own_faults")


def test_an_id_gets_as_short_as_the_fault_allows_and_headers_that_are_not_needed_go() -> None:
    with judging("error-msg-long-for-long-ids") as run:
        send(run, run.session.commit("y" * 300, language="zh-cn"))
        report, extra = concluded(run)

    finding = found(report, "ERR-005")
    assert named(finding) == "y" * 256
    assert f"/{'y' * 256}/" in finding.curl
    assert "X-Language" not in dict(finding.request.headers)
    assert finding.repeats == Repeats(sent=1, broken=1)
    assert extra <= 1 + confirm.SENDS_EACH


def test_an_odd_id_that_is_not_needed_becomes_a_plain_one_and_a_header_that_is_needed_stays() -> None:
    with judging("error-code-11-in-chinese") as run:
        send(run, run.session.commit("y" * 300, language="zh-cn"))
        report, _ = concluded(run)

    finding = found(report, "ERR-003")
    assert re.fullmatch(UUID, named(finding))
    assert dict(finding.request.headers)["X-Language"] == "zh-cn"


def test_an_odd_value_of_a_documented_header_becomes_the_documented_one() -> None:
    refusals_broken(lambda _: True)
    with judging("some-refusals") as run:
        plain = run.session.commit(run.session.batches.unknown())
        odd = tuple((name, "gzip" if name == "Accept-Encoding" else value) for name, value in plain.headers)
        send(run, replace(plain, headers=odd))
        # The request of the connection's check is the smallest of all; the odd one is to be the only one.
        run.log.records["ERR-002"].smallest = None
        send(run, replace(plain, headers=odd))
        report, _ = concluded(run)

    assert set(found(report, "ERR-002").request.headers) == {
        (name, "[redacted]" if name == "X-Auth-Token" else value) for name, value in plain.headers
    }


def test_a_body_is_cut_to_what_the_fault_needs_and_a_query_goes() -> None:
    bodies_crash(11)
    with judging("long-bodies") as run:
        request = run.session.commit(run.session.batches.unknown(), body=b"0123456789{" + b"y" * 40)
        send(run, replace(request, target=f"{request.target}?x=1"))
        report, _ = concluded(run)

    finding = found(report, "HTTP-003")
    assert finding.request.body == "0123456789{"
    assert "?" not in finding.request.start


def test_one_finding_takes_a_limited_number_of_requests() -> None:
    bodies_crash(4321)
    with judging("long-bodies") as run:
        send(run, run.session.commit(run.session.batches.unknown(), body=b"x" * 60_000))
        report, extra = concluded(run)

    assert extra == 1 + confirm.SENDS_EACH
    assert 4321 <= len(found(report, "HTTP-003").curl) < 60_000


def test_one_run_takes_a_limited_number_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "SENDS_IN_ALL", 7)
    bodies_crash(4321)
    with judging("error-msg-long-for-long-ids", "long-bodies") as run:
        crash = run.session.commit(run.session.batches.unknown(), body=b"x" * 60_000)
        send(run, run.session.commit("y" * 300), crash)
        report, extra = concluded(run)

    assert {key for key in ("ERR-005", "HTTP-003") if found(report, key).repeats.steady} == {"ERR-005", "HTTP-003"}
    assert extra == 2 + 7


def test_one_seed_gives_the_same_example() -> None:
    reports = []
    for _ in range(2):
        with judging("error-msg-long-for-long-ids", "error-code-11-in-chinese", "job-missing") as run:
            play(run, "unknown-batches", "commits-of-validated-batches")
            send(run, run.session.commit("y" * 300, language="zh-cn"))
            report, extra = concluded(run)
            findings = [(item.id, finding) for item in report.requirements for finding in item.findings]
            # The answers themselves have a date, and an id of their own.
            reports.append((extra, [(key, replace(finding, response=None)) for key, finding in findings]))

    assert [key for key, _ in reports[0][1]] == ["RES-002", "ERR-003", "ERR-005"]
    assert reports[0] == reports[1]


def test_a_cap_that_is_reached_while_a_finding_is_made_small_leaves_the_smallest_so_far() -> None:
    with judging("error-msg-long-for-long-ids", settings=Settings(max_requests=12)) as run:
        send(run, run.session.commit("y" * 300, language="zh-cn"))
        report, extra = concluded(run)

    finding = found(report, "ERR-005")
    assert report.verdict is Verdict.VIOLATES
    assert finding.repeats.steady
    assert 256 <= len(named(finding)) <= 300
    assert "X-Language" not in dict(finding.request.headers)
    assert extra == 10
