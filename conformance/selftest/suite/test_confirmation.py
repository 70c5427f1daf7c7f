"""What is found is sent again and made small, and what does not show again is called intermittent."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance import catalogue, confirmation
from conformance.campaign import Campaign
from conformance.reports.model import Repeats, RequirementVerdict, Verdict
from conformance.server.embedded import EmbeddedServer
from conformance.server.faults import FAULTS, fault
from conformance.server.settings import MockSettings
from conformance.settings import Settings
from conformance.stimuli.scenarios import SCENARIOS
from conformance.verdict import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.exchange import Request
    from conformance.reports.model import Finding, Report
    from conformance.selftest.suite.conftest import CommandLine
    from conformance.server.answers import Answer
    from conformance.server.pipeline import Exchange

pytestmark = pytest.mark.usefixtures("registry")

SUITE = Path(__file__).parents[2] / "suite"
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture
def registry() -> Iterator[None]:
    known = dict(FAULTS)
    yield
    FAULTS.clear()
    FAULTS.update(known)


@contextmanager
def judging(*faults: str, settings: Settings | None = None, **mock: object) -> Iterator[Campaign]:
    """Judge a mock with these faults, in this process."""
    with (
        EmbeddedServer(replace(MockSettings(faults=faults), **mock)) as server,  # type: ignore[arg-type]
        Campaign(replace(settings or Settings(), target=server.url), catalogue.load()) as campaign,
    ):
        yield campaign


def play(campaign: Campaign, *names: str) -> None:
    for name in names:
        campaign.play(SCENARIOS[name])


def send(campaign: Campaign, *requests: Request) -> None:
    campaign.begin("odd-ids")
    for request in requests:
        campaign.api.send(request)


def concluded(campaign: Campaign) -> tuple[Report, int]:
    """Conclude a run; returns the report and how many requests that took."""
    before = campaign.report().requests
    campaign.conclude()
    report = campaign.report()
    return report, report.requests - before


def found(report: Report, requirement_id: str) -> Finding:
    [requirement] = [item for item in report.requirements if item.id == requirement_id]
    [finding] = requirement.findings
    return finding


def named(finding: Finding) -> str:
    """The batch in the request of a finding."""
    return finding.request.start.split("/")[4]


def refusals_broken(when: Callable[[int], bool]) -> None:
    """Register the fault "some-refusals", by which the refusals of these numbers, from 1, have no error_code."""
    seen = 0

    def rewrite(_exchange: Exchange, answer: Answer) -> Answer:
        nonlocal seen
        seen += answer.status == 400
        return answer.with_json({"error_msg": "Failed."}) if answer.status == 400 and when(seen) else answer

    fault("some-refusals", breaks=("ERR-002",))(rewrite)


def bodies_crash(octets: int) -> None:
    """Register the fault "long-bodies", by which bodies of so many octets are answered with 500."""

    def rewrite(exchange: Exchange, answer: Answer) -> Answer:
        length = int(dict(exchange.request.headers).get(b"content-length", b"0"))
        return replace(answer, status=500) if length >= octets else answer

    fault("long-bodies", breaks=("HTTP-003",))(rewrite)


def test_a_steady_breach_is_sent_again_once_and_is_no_further_evidence() -> None:
    with judging("error-code-11") as campaign:
        play(campaign, "unknown-batches")
        evidence = campaign.report()
        report, extra = concluded(campaign)

    assert found(report, "ERR-003").repeats == Repeats(sent=1, broken=1)
    assert extra == 1
    assert [item.exercised for item in report.requirements] == [item.exercised for item in evidence.requirements]
    assert found(report, "ERR-003").occurrences == found(evidence, "ERR-003").occurrences == 4
    assert report.requests_sha256 == evidence.requests_sha256


def test_a_sound_server_gets_no_further_request() -> None:
    with judging() as campaign:
        play(campaign, "unknown-batches", "commits-of-validated-batches")

        assert concluded(campaign)[1] == 0


def test_a_breach_that_shows_now_and_then_is_intermittent_and_fails_all_the_same() -> None:
    refusals_broken({3, 9}.__contains__)
    with judging("some-refusals") as campaign:
        play(campaign, "unknown-batches")
        report, extra = concluded(campaign)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-002").repeats == Repeats(sent=10, broken=1)
    assert found(report, "ERR-002").seen(4) == "intermittent: 1 of 4 times, and 1 of 10 times when sent again"
    assert extra == 1 + 3 + 9  # alone, with what was sent before, and alone again


def test_a_breach_that_never_shows_again_fails_all_the_same() -> None:
    refusals_broken({3}.__contains__)
    with judging("some-refusals") as campaign:
        play(campaign, "unknown-batches")
        report, _ = concluded(campaign)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-002").repeats == Repeats(sent=10, broken=0)


def test_an_id_gets_as_short_as_the_fault_allows_and_headers_that_are_not_needed_go() -> None:
    with judging("error-msg-long-for-long-ids") as campaign:
        send(campaign, campaign.api.commit("y" * 300, language="zh-cn"))
        report, extra = concluded(campaign)

    finding = found(report, "ERR-005")
    assert named(finding) == "y" * 256
    assert f"/{'y' * 256}/" in finding.curl
    assert "X-Language" not in dict(finding.request.headers)
    assert finding.repeats == Repeats(sent=1, broken=1)
    assert extra <= 1 + confirmation.SENDS_EACH


def test_an_odd_id_that_is_not_needed_becomes_a_plain_one_and_a_header_that_is_needed_stays() -> None:
    with judging("error-code-11-in-chinese") as campaign:
        send(campaign, campaign.api.commit("y" * 300, language="zh-cn"))
        report, _ = concluded(campaign)

    finding = found(report, "ERR-003")
    assert re.fullmatch(UUID, named(finding))
    assert dict(finding.request.headers)["X-Language"] == "zh-cn"


def test_an_odd_value_of_a_documented_header_becomes_the_documented_one() -> None:
    refusals_broken(lambda _: True)
    with judging("some-refusals") as campaign:
        plain = campaign.api.commit(campaign.api.batches.unknown())
        odd = tuple((name, "gzip" if name == "Accept-Encoding" else value) for name, value in plain.headers)
        send(campaign, replace(plain, headers=odd))
        # The request of the connection's check is the smallest of all; the odd one is to be the only one.
        campaign.journal.records["ERR-002"].smallest = None
        send(campaign, replace(plain, headers=odd))
        report, _ = concluded(campaign)

    assert set(found(report, "ERR-002").request.headers) == {
        (name, "[redacted]" if name == "X-Auth-Token" else value) for name, value in plain.headers
    }


def test_a_body_is_cut_to_what_the_fault_needs_and_a_query_goes() -> None:
    bodies_crash(11)
    with judging("long-bodies") as campaign:
        request = campaign.api.commit(campaign.api.batches.unknown(), body=b"0123456789{" + b"y" * 40)
        send(campaign, replace(request, target=f"{request.target}?x=1"))
        report, _ = concluded(campaign)

    finding = found(report, "HTTP-003")
    assert finding.request.body == "0123456789{"
    assert "?" not in finding.request.start


def test_a_sequence_is_played_again_as_a_whole() -> None:
    with judging("error-code-by-language") as campaign:
        play(campaign, "one-refusal-in-each-language")
        report, extra = concluded(campaign)

    assert found(report, "ERR-007").repeats == Repeats(sent=1, broken=1, sequence=True)
    assert extra == 3


def test_a_breach_that_needs_what_was_sent_before_is_sent_again_with_that() -> None:
    seen: set[str] = set()

    def rewrite(exchange: Exchange, answer: Answer) -> Answer:
        batch_id = exchange.path_parameters.get("async_job_id", "")
        again = batch_id in seen
        seen.add(batch_id)
        return answer.with_json({"error_msg": "Failed."}) if answer.status == 400 and again else answer

    fault("second-refusals", breaks=("ERR-002",))(rewrite)
    with judging("second-refusals") as campaign:
        play(campaign, "one-refusal-over-again")
        report, extra = concluded(campaign)

    finding = found(report, "ERR-002")
    assert finding.repeats == Repeats(sent=2, broken=2, sequence=True)
    assert len(finding.curl.splitlines()) == 2
    assert len({line.split("/")[4] for line in finding.curl.splitlines()}) == 1
    assert extra == 1 + 2 * 3


def test_a_fresh_batch_takes_the_place_of_one_that_is_used_up() -> None:
    with judging("job-missing") as campaign:
        play(campaign, "commits-of-validated-batches")
        report, extra = concluded(campaign)
        record = httpx.get(f"{campaign.settings.target}/_mock/requests", trust_env=False).json()["requests"]

    committed = [entry["target"] for entry in record if entry["status"] == 200 and "/commit" in entry["target"]]
    finding = found(report, "RES-002")
    assert finding.repeats == Repeats(sent=1, broken=1)
    assert extra == 1
    assert len(set(committed)) == len(committed) == 2
    used, created, command = finding.curl.splitlines()
    assert used == f"# used up by now; put another validated batch in the place of {named(finding)}"
    assert "/_mock/batches" in created
    assert command.startswith("curl ")


@pytest.fixture
def database(tmp_path: Path) -> tuple[Path, list[str]]:
    """A mock's database and the validated batches in it."""
    path = tmp_path / "batches.db"
    with EmbeddedServer(MockSettings(database=path)) as mock:
        wanted = {"status": "AUTO_PARAM_VALIDATE_SUCCESS", "count": 3}
        answer = httpx.post(f"{mock.url}/_mock/batches", json=wanted, trust_env=False).raise_for_status().json()
    return path, [batch["async_job_id"] for batch in answer["batches"]]


def test_a_batch_that_the_user_named_is_not_used_up_for_a_confirmation(database: tuple[Path, list[str]]) -> None:
    path, ready = database
    settings = Settings(ready_jobs=tuple(ready))
    with judging("job-missing", settings=settings, database=path, control=False) as campaign:
        play(campaign, "commits-of-validated-batches")
        report, extra = concluded(campaign)

    finding = found(report, "RES-002")
    assert finding.seen(1) == "1 of 1 times; not sent again: it would use up a batch"
    assert extra == 0
    assert finding.curl.splitlines()[0].startswith("# used up by now")
    assert "_mock" not in finding.curl
    with EmbeddedServer(MockSettings(database=path)) as mock:
        batches = httpx.get(f"{mock.url}/_mock/batches", trust_env=False).json()["batches"]
    assert [batch["status"] for batch in batches].count("COMMIT_SUCCESS") == 1


def test_a_sequence_that_takes_batches_of_the_user_is_not_played_again(database: tuple[Path, list[str]]) -> None:
    path, ready = database
    settings = Settings(ready_jobs=tuple(ready))
    with judging("no-authentication", settings=settings, database=path, control=False) as campaign:
        play(campaign, "refused-calls-have-no-effect")
        report, extra = concluded(campaign)

    broken = [item for item in report.requirements if item.findings]
    assert broken
    assert {item.findings[0].repeats.reason for item in broken} == {confirmation.COSTS}
    assert extra == 0


def test_where_batches_are_named_an_unknown_one_is_sent_again() -> None:
    with judging("error-code-11", control=False) as campaign:
        play(campaign, "unknown-batches")
        report, extra = concluded(campaign)

    assert found(report, "ERR-003").repeats == Repeats(sent=1, broken=1)
    assert extra == 1


def test_where_batches_are_named_an_id_keeps_what_sets_it_apart() -> None:
    with judging("error-code-11-for-odd-ids", control=False) as campaign:
        send(campaign, campaign.api.commit(campaign.api.batches.invented("y" * 300)))
        report, _ = concluded(campaign)

    assert re.fullmatch(f"{UUID}-", named(found(report, "ERR-003")))


def test_one_finding_takes_a_limited_number_of_requests() -> None:
    bodies_crash(4321)
    with judging("long-bodies") as campaign:
        send(campaign, campaign.api.commit(campaign.api.batches.unknown(), body=b"x" * 60_000))
        report, extra = concluded(campaign)

    assert extra == 1 + confirmation.SENDS_EACH
    assert 4321 <= len(found(report, "HTTP-003").curl) < 60_000


def test_one_run_takes_a_limited_number_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "SENDS_IN_ALL", 7)
    bodies_crash(4321)
    with judging("error-msg-long-for-long-ids", "long-bodies") as campaign:
        crash = campaign.api.commit(campaign.api.batches.unknown(), body=b"x" * 60_000)
        send(campaign, campaign.api.commit("y" * 300), crash)
        report, extra = concluded(campaign)

    assert {key for key in ("ERR-005", "HTTP-003") if found(report, key).repeats.steady} == {"ERR-005", "HTTP-003"}
    assert extra == 2 + 7


def test_one_seed_gives_the_same_example() -> None:
    reports = []
    for _ in range(2):
        with judging("error-msg-long-for-long-ids", "error-code-11-in-chinese", "job-missing") as campaign:
            play(campaign, "unknown-batches", "commits-of-validated-batches")
            send(campaign, campaign.api.commit("y" * 300, language="zh-cn"))
            report, extra = concluded(campaign)
            findings = [(item.id, finding) for item in report.requirements for finding in item.findings]
            # The answers themselves have a date, and an id of their own.
            reports.append((extra, [(key, replace(finding, response=None)) for key, finding in findings]))

    assert [key for key, _ in reports[0][1]] == ["RES-002", "ERR-003", "ERR-005"]
    assert reports[0] == reports[1]


def test_a_cap_that_is_reached_leaves_what_was_found() -> None:
    with judging("error-code-11", settings=Settings(max_requests=4)) as campaign:
        play(campaign, "unknown-batches")
        report, extra = concluded(campaign)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-003").seen(4) == "4 of 4 times; not sent again: --max-requests 4 is used up"
    assert extra == 0


def test_a_cap_that_is_reached_while_a_finding_is_made_small_leaves_the_smallest_so_far() -> None:
    with judging("error-msg-long-for-long-ids", settings=Settings(max_requests=12)) as campaign:
        send(campaign, campaign.api.commit("y" * 300, language="zh-cn"))
        report, extra = concluded(campaign)

    finding = found(report, "ERR-005")
    assert report.verdict is Verdict.VIOLATES
    assert finding.repeats.steady
    assert 256 <= len(named(finding)) <= 300
    assert "X-Language" not in dict(finding.request.headers)
    assert extra == 10


def test_a_target_that_is_gone_leaves_what_was_found() -> None:
    with (
        EmbeddedServer(MockSettings(faults=("error-code-11",))) as server,
        Campaign(Settings(target=server.url), catalogue.load()) as campaign,
    ):
        play(campaign, "unknown-batches")
        server.__exit__(None, None, None)
        report, _ = concluded(campaign)

    assert report.verdict is Verdict.VIOLATES
    assert "gone" in found(report, "ERR-003").repeats.reason


def test_an_answer_to_come_again_later_says_nothing_of_a_breach() -> None:
    refusals_broken(lambda _: True)
    sent = 0

    def throttle(_exchange: Exchange, answer: Answer) -> Answer:
        nonlocal sent
        sent += 1
        return replace(answer, status=429).with_header("Retry-After", "60") if sent > 4 else answer

    fault("throttled-later", breaks=("ERR-002",))(throttle)
    with judging("some-refusals", "throttled-later") as campaign:
        play(campaign, "unknown-batches")
        report, extra = concluded(campaign)

    assert report.verdict is Verdict.VIOLATES
    assert found(report, "ERR-002").repeats == Repeats(reason="the target asks to come again later")
    assert extra == 1


def test_a_run_that_was_stopped_sends_nothing_more() -> None:
    with judging("error-code-11") as campaign:
        play(campaign, "unknown-batches")
        campaign.stop = Stop(Verdict.INCONCLUSIVE, "as the test wants it")
        report, extra = concluded(campaign)

    assert extra == 0
    assert found(report, "ERR-003").repeats == Repeats()


def test_a_run_is_concluded_once() -> None:
    with judging("error-code-11") as campaign:
        play(campaign, "unknown-batches")
        concluded(campaign)

        assert concluded(campaign)[1] == 0


def test_what_another_breach_explains_is_not_sent_again() -> None:
    with judging("refusal-array") as campaign:
        play(campaign, "unknown-batches")
        report, extra = concluded(campaign)

    assert [item.id for item in report.having(RequirementVerdict.FAIL)] == ["ERR-001"]
    assert extra == 1


def test_the_command_line_tells_that_a_finding_was_seen_again(drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        outcome = drs_conform("--target", mock.url, "--only", "ERR-003")

    assert outcome.code == 1
    assert "times; sent again: broken 1 of 1;" in outcome.out
    assert outcome.requirement("ERR-003")["findings"][0]["repeats"] == {
        "sent": 1,
        "broken": 1,
        "reason": "",
        "sequence": False,
    }


def test_what_several_processes_have_found_is_sent_again_by_the_one_that_judges(tmp_path: Path) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        process = subprocess.run(  # noqa: S603 - our own program
            [
                *(sys.executable, "-m", "pytest", str(SUITE), "-n", "2"),
                *("--target", mock.url, "--only", "ERR-003", "--report-dir", str(tmp_path)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert process.returncode == 1
    assert "times; sent again: broken 1 of 1;" in process.stdout
