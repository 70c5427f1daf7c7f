"""A check that fails, or that takes too long, is void for one answer, and neither hidden nor a fault of the suite."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.exchange.exchange import Response
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.mock.settings import TOKEN, MockSettings
from conformance.proof import runs
from conformance.proof.direct import connecting
from conformance.requirements import oracle_registry, time_limit
from conformance.selftest.support.invented_exchanges import exchange
from conformance.selftest.support.judging import register_some_refusals
from conformance.spec import catalogue, deviations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.exchange.exchange import Exchange
    from conformance.reports.model import Report
    from conformance.requirements.oracle_registry import Judgement
    from conformance.selftest.support.command_line import CommandLine

MUST, SHOULD, OBSERVED = "ERR-003", "ERR-006", "ERR-012"
SEQUENCE = "ERR-009"


def fail(_seen: object) -> None:
    raise LookupError(f"no {TOKEN}")


def loop(_seen: object) -> None:
    while True:
        pass


def backtrack(_seen: object) -> None:
    re.fullmatch("(?:a+)+b", "a" * 60)


def recur(seen: object) -> None:
    recur(seen)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "TICK_SECONDS", 0.02)


def replace_oracle(monkeypatch: pytest.MonkeyPatch, key: str, ask: Callable[[object], None]) -> None:
    """Make an oracle do this instead, on each answer that it judges."""
    entries: Any = oracle_registry._exchange if key in oracle_registry._exchange else oracle_registry._sequence  # noqa: SLF001
    former = entries[key].ask

    def asked(seen: object) -> None:
        if former(seen) is not None:
            ask(seen)

    monkeypatch.setitem(entries, key, replace(entries[key], ask=asked))


def check(settings: Settings | None = None, **mock: object) -> tuple[Report, Run]:
    connect = partial(connecting, replace(MockSettings(), **mock))  # type: ignore[arg-type]
    with Run(settings or Settings(only=("ERR",)), catalogue.load(), connect=connect) as run:
        list(run.events())
    return run.report(), run


def verdicts(report: Report) -> dict[str, tuple[RequirementVerdict, str]]:
    return {item.id: (item.verdict, item.reason) for item in report.requirements}


# Hypothesis measures the collection of garbage, which may begin where no call is possible.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("key", [MUST, SHOULD, OBSERVED, SEQUENCE])
@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (fail, "LookupError in test_voids.py:"),
        (recur, "RecursionError in test_voids.py:"),
        (loop, "longer than 0.02 s"),
        (backtrack, "longer than 0.02 s"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_run_does_not_conform_if_a_check_could_not_judge_an_answer(
    key: str, ask: Callable[[object], None], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_oracle(monkeypatch, key, ask)

    report, _ = check()

    verdict, told = verdicts(report)[key]
    assert (report.verdict, report.exit_code) == (Verdict.INCONCLUSIVE, 3)
    assert verdict is RequirementVerdict.INCONCLUSIVE
    assert told.startswith("not judged ")
    assert reason in told
    assert report.reason.startswith(f"not judged: {key} (")
    assert TOKEN not in report.reason
    others = {item.verdict for item in report.requirements if item.id not in (key, "ERR-005")}
    assert RequirementVerdict.PASS in others


def test_what_presupposes_a_void_requirement_is_not_judged_on_that_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_oracle(monkeypatch, "ERR-001", fail)

    report, run = check()

    assert verdicts(report)["ERR-002"] == (RequirementVerdict.INCONCLUSIVE, "blocked by ERR-001")
    assert run.log.records["ERR-002"].exercised == 0


def test_a_violation_on_another_answer_is_reported_beside_a_void_one(
    monkeypatch: pytest.MonkeyPatch, own_faults: None
) -> None:
    del own_faults
    register_some_refusals(lambda number: number == 2)
    entry = oracle_registry._exchange["ERR-002"]  # noqa: SLF001

    def some(seen: Exchange) -> Judgement | None:
        judgement = entry.ask(seen)
        if judgement is not None and judgement.passed:
            raise LookupError
        return judgement

    monkeypatch.setitem(oracle_registry._exchange, "ERR-002", replace(entry, ask=some))  # noqa: SLF001

    report, _ = check(Settings(only=("ERR-002",)), faults=("some-refusals",))

    verdict, reason = verdicts(report)["ERR-002"]
    assert report.exit_code == 1
    assert verdict is RequirementVerdict.FAIL
    assert "LookupError" in reason


def test_a_known_deviation_is_not_out_of_date_if_it_could_not_be_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    replace_oracle(monkeypatch, MUST, fail)
    file = tmp_path / "known.yaml"
    entry = deviations.template(MUST, dt.datetime.now(dt.UTC).date())
    file.write_text(entry.replace("CHANGE ME", "https://example.com/1"), encoding="utf-8")

    report, _ = check(Settings(only=("ERR",), known_deviations=file))

    assert report.deviations == ((MUST, deviations.NOT_EXERCISED),)
    assert report.exit_code == 3


def test_oracles_that_disagree_with_the_schema_are_void(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = oracle_registry._exchange["ERR-002"]  # noqa: SLF001
    monkeypatch.setitem(
        oracle_registry._exchange,  # noqa: SLF001
        "ERR-002",
        replace(entry, ask=lambda seen: oracle_registry.violated("x", "y") if entry.ask(seen) else None),
    )

    report, _ = check()

    assert report.exit_code == 3
    assert "disagrees with the schema" in verdicts(report)["ERR-002"][1]


@pytest.mark.usefixtures("impatient")
def test_one_answer_takes_limited_time_even_if_all_checks_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Response(
        400, (("Content-Type", "application/json"),), b'{"error_code": "DRS.10000001", "error_msg": "no"}'
    )
    seen, requirements = exchange(answer), catalogue.load()
    keys = list(oracle_registry.judge(seen, requirements))
    for key in keys:
        replace_oracle(monkeypatch, key, loop)
    voids: dict[str, str] = {}

    judgements = oracle_registry.judge(seen, requirements, voids.__setitem__)

    asked = [key for key, reason in voids.items() if "all checks together" not in reason]
    assert judgements == {}
    assert 0 < len(asked) <= time_limit.TICKS_PER_ANSWER < len(voids)


def test_judging_off_the_main_thread_has_no_limit_and_works() -> None:
    found: list[Report] = []
    thread = threading.Thread(target=lambda: found.append(check()[0]))
    thread.start()
    thread.join()

    assert found[0].exit_code == 0


def test_every_report_tells_that_a_check_could_not_judge_an_answer(
    monkeypatch: pytest.MonkeyPatch, drs_conform: CommandLine
) -> None:
    replace_oracle(monkeypatch, MUST, fail)

    outcome = drs_conform("--only", "ERR")

    def read(name: str) -> str:
        return (outcome.directory / name).read_text(encoding="utf-8")

    assert outcome.code == 3
    told = outcome.requirement(MUST)["reason"]
    assert told in outcome.out
    assert MUST in outcome.out.splitlines()[0]
    assert "LookupError" in read("report.html")
    assert "LookupError" in read("summary.md")
    assert "LookupError" in "".join(ET.fromstring(read("junit.xml")).itertext()) + read("junit.xml")  # noqa: S314 - our own
    assert json.loads(read("badge.json"))["message"].startswith("inconclusive")


def test_the_proof_does_not_accept_a_run_with_a_void_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_oracle(monkeypatch, MUST, fail)

    assert "LookupError" in runs.perform(runs.PlannedRun(only=("ERR",))).trouble
