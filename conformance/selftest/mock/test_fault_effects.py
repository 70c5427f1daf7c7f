"""The effects of all faults: each changes some answers, and a conditional one changes no others."""

import gzip
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.mock.answers import Answer
from conformance.mock.app import MockApp
from conformance.mock.batches import BatchStatus
from conformance.mock.faults import FAULTS
from conformance.mock.faults.life_cycle import ready
from conformance.mock.gateway import Gateway
from conformance.mock.settings import MockSettings
from conformance.mock.wire import serialized
from conformance.selftest.support.mock_client import running_mock
from conformance.selftest.support.probes import FOREIGN_TOKEN, PROBES, Probe, Seen, run_probes
from conformance.spec import catalogue
from conformance.spec.catalogue import Level

BY_NAME = {probe.name: probe for probe in PROBES}

LOCK = "simultaneous-commits-lock"
SIMULTANEOUS = {LOCK, "one-commit-at-a-time", *(name for name in FAULTS if "-mixed-up" in name)}
"""Faults that show only in simultaneous calls."""
ELSEWHERE = {*SIMULTANEOUS, *(name for name in FAULTS if name.startswith("expectation-ignored"))}
"""Faults that change no answer to a single call."""

CONDITIONS: dict[str, Callable[[Probe], bool]] = {
    "in-chinese": lambda probe: probe.language == "zh-cn",
    "in-english": lambda probe: probe.language == "en-us",
    "without-language": lambda probe: probe.language is None,
    "long-ids?": lambda probe: len(probe.batch_id) > 255,
    "unicode-ids?": lambda probe: not (probe.batch_id + probe.more).isascii(),
    "odd-ids?": lambda probe: len(probe.batch_id + probe.more) != 36 or probe.name in ("number", "encoded twice"),
    "for-validating": lambda probe: probe.state is BatchStatus.VALIDATING,
    "for-failed": lambda probe: probe.state is BatchStatus.VALIDATE_FAILED,
    "for-committed": lambda probe: probe.state in (BatchStatus.COMMITTED, BatchStatus.READY) and probe.times > 1,
    "for-unknown": lambda probe: (
        probe.state is None or bool(probe.more) or probe.owner != probe.project or probe.name == "encoded twice"
    ),
    "when-repeated": lambda probe: probe.times > 1,
    "(on|for)-quotes": lambda probe: "'" in probe.batch_id,
    "for-delete": lambda probe: probe.method == "DELETE",
    "with-charset": lambda probe: "charset" in (probe.media_type or ""),
    "on-bodies": lambda probe: bool(probe.body),
    "gateway-401-.*": lambda probe: probe.forgetful or probe.token != BY_NAME["query"].token,
    "gateway-403-.*": lambda probe: probe.project != probe.owner or probe.token == FOREIGN_TOKEN,
    "gateway-404-.*": lambda probe: "path" in probe.name,
    "gateway-405-.*": lambda probe: "method" in probe.name,
    "gateway-415-.*": lambda probe: "media type" in probe.name,
    "gzip-.*": lambda probe: "Accept-Encoding" in probe.name,
}
"""The calls that a fault may change, by a pattern for the end of its name."""


@cache
def conforming() -> dict[str, Seen]:
    return run_probes(())


@cache
def changed(fault: str) -> list[Probe]:
    return [BY_NAME[name] for name, seen in run_probes([fault]).items() if seen != conforming()[name]]


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - ELSEWHERE))
def test_a_fault_changes_some_calls_and_not_all(name: str) -> None:
    assert 0 < len(changed(name)) < len(PROBES)


@pytest.mark.parametrize(
    ("name", "condition"),
    [(name, end) for name in sorted(FAULTS) for end in CONDITIONS if re.fullmatch(f"(.*-)?{end}", name)],
)
def test_a_conditional_fault_changes_only_the_calls_that_its_name_says(name: str, condition: str) -> None:
    probes = changed(name)

    assert probes
    assert [probe.name for probe in probes if not CONDITIONS[condition](probe)] == []


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_matches_a_fault(condition: str) -> None:
    assert any(re.fullmatch(f"(.*-)?{condition}", name) for name in FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_names_and_summaries_are_well_formed(name: str) -> None:
    fault = FAULTS[name]

    assert (fault.name, re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is not None) == (name, True)
    assert re.fullmatch(r"[A-Z][a-z]+ \S.*[^.]\.", fault.summary)
    assert ". " not in fault.summary
    assert len(fault.summary) <= 120


def test_exactly_the_requirements_that_can_be_violated_have_a_fault() -> None:
    breakable = {requirement.id for requirement in catalogue.load() if requirement.level is not Level.OBSERVE}

    assert {key for fault in FAULTS.values() for key in fault.breaks} == breakable


def test_most_requirements_have_several_faults() -> None:
    counts = [sum(key in fault.breaks for fault in FAULTS.values()) for key in {f.breaks[0] for f in FAULTS.values()}]

    assert sum(count > 1 for count in counts) > 0.9 * len(counts)


def test_a_fault_that_counts_starts_from_zero_when_it_is_switched_on() -> None:
    assert run_probes(["error-code-11-every-tenth-time"]) == run_probes(["error-code-11-every-tenth-time"])


def test_every_tenth_service_error_is_wrong() -> None:
    with running_mock(MockSettings(faults=("error-code-11-every-tenth-time",))) as mock:
        lengths = [len(mock.commit("unknown").json()["error_code"]) for _ in range(20)]
    assert lengths == ([12] * 9 + [11]) * 2


def test_simultaneous_commits_are_all_refused() -> None:
    with running_mock(MockSettings(faults=(LOCK,))) as mock, ThreadPoolExecutor(8) as pool:
        alone, shared = mock.make(), mock.make()
        first = mock.commit(alone).status_code
        statuses = list(pool.map(lambda _: mock.commit(shared).status_code, range(8)))
        after = mock.status(shared)
    assert (first, statuses, after) == (200, [400] * 8, "AUTO_PARAM_VALIDATE_SUCCESS")


def test_one_of_several_batches_is_committed_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "COMMIT", 1.0)  # so long that the others come meanwhile on a busy machine, too
    with running_mock(MockSettings(faults=("one-commit-at-a-time",))) as mock, ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(lambda batch: mock.commit(batch).status_code, [mock.make() for _ in range(3)]))
    assert sorted(statuses) == [200, 400, 400]


@pytest.mark.parametrize("name", ["languages-mixed-up", "languages-mixed-up-by-default"])
def test_a_call_is_answered_in_the_language_of_a_simultaneous_one(name: str) -> None:
    languages: tuple[dict[str, str], ...] = ({"X-Language": "zh-cn"}, {}) * 8
    with running_mock(MockSettings(faults=(name,))) as mock, ThreadPoolExecutor(16) as pool:
        in_chinese, alone = (mock.commit("unknown", **headers).json() for headers in languages[:2])
        answers = list(pool.map(lambda headers: mock.commit("unknown", **headers).json(), languages))
    assert alone != in_chinese == answers[0]
    assert answers[0] in answers[1::2]


@pytest.mark.parametrize(("name", "content"), [("customers-mixed-up", b"{}"), ("another-customer-mixed-up", b"")])
def test_a_call_of_another_customer_is_taken_for_a_simultaneous_one(name: str, content: bytes) -> None:
    foreign, token = MockSettings().foreign_project_id, MockSettings().foreign_token
    with running_mock(MockSettings(faults=(name,))) as mock, ThreadPoolExecutor(16) as pool:
        calls = [(mock.path("unknown"), {}), (mock.path("unknown", foreign), {"X-Auth-Token": token})] * 8

        def status(number: int, body: bytes = content) -> int:
            path, headers = calls[number]
            return mock.client.post(path, headers={**mock.headers, **headers}, content=body).status_code

        alone = [status(number, body) for body in (b"{}", content) for number in (0, 1)]
        together = list(pool.map(status, range(len(calls))))
    assert alone == [400] * 4
    assert 403 in together[1::2]


def test_a_damaged_block_is_not_valid_gzip() -> None:
    with running_mock(MockSettings(faults=("gzip-damaged",))) as mock:
        headers = {**mock.headers, "Accept-Encoding": "gzip"}
        with mock.client.stream("POST", mock.path("unknown"), headers=headers) as response:
            assert response.headers["Content-Encoding"] == "gzip"
            octets = b"".join(response.iter_raw())
    assert octets.startswith(b"\x1f\x8b")
    with pytest.raises(zlib.error):
        gzip.decompress(octets)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(sorted(FAULTS.keys() - SIMULTANEOUS)), min_size=2, max_size=6, unique=True))
def test_faults_combine(names: list[str]) -> None:
    """No fault raises because of what another one did to the answer."""
    with failures() as failed:
        app = MockApp(MockSettings(faults=tuple(names)))
        try:
            gateway = Gateway(app.store, app.record, app.switchboard)
            for probe in PROBES[::4]:
                for request in probe.requests():
                    assert sent(gateway.answer(request))
        finally:
            app.close()

    assert failed == []


def sent(answer: Answer) -> bool:
    """Return whether the first chunks of what would be sent are bytes; there may be infinitely many."""
    if answer.wire is None:
        return True
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    return all(isinstance(c, bytes) for c in islice(answer.wire(serialized(answer.status, headers, b"")).chunks, 3))


@contextmanager
def failures() -> Iterator[list[str]]:
    """Collect the errors that the gateway logs."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(str(record.exc_info and record.exc_info[1]))

    logger, collector = logging.getLogger("conformance.mock.gateway"), Collector()
    logger.addHandler(collector)
    try:
        yield messages
    finally:
        logger.removeHandler(collector)
