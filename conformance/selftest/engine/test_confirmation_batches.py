"""Which batches findings are sent again with: fresh ones, and none that the user has named."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.engine.resend import COSTS
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.reports.model import Repeats
from conformance.selftest.support.judging import UUID, concluded, found, judging, named, play, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.engine.run import Run


def test_a_fresh_batch_takes_the_place_of_one_that_is_used_up() -> None:
    with judging("job-missing") as run:
        play(run, "commits-of-validated-batches")
        report, extra = concluded(run)
        record = httpx.get(f"{run.settings.target}/_mock/requests", trust_env=False).json()["requests"]

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


@contextmanager
def judging_with_named_batches(fault: str, database: tuple[Path, list[str]]) -> Iterator[Run]:
    """Judge a mock that can make no batches; the user has named the validated ones that it has."""
    path, ready = database
    with judging(fault, settings=Settings(ready_jobs=tuple(ready)), database=path, control=False) as run:
        yield run


def test_a_batch_that_the_user_named_is_not_used_up_for_a_confirmation(database: tuple[Path, list[str]]) -> None:
    with judging_with_named_batches("job-missing", database) as run:
        play(run, "commits-of-validated-batches")
        report, extra = concluded(run)

    finding = found(report, "RES-002")
    assert finding.repeats == Repeats(reason="it would use up a batch")
    assert extra == 0
    assert finding.curl.splitlines()[0].startswith("# used up by now")
    assert "_mock" not in finding.curl
    with EmbeddedServer(MockSettings(database=database[0])) as mock:
        batches = httpx.get(f"{mock.url}/_mock/batches", trust_env=False).json()["batches"]
    assert [batch["status"] for batch in batches].count("COMMIT_SUCCESS") == 1


def test_a_sequence_that_takes_batches_of_the_user_is_not_played_again(database: tuple[Path, list[str]]) -> None:
    with judging_with_named_batches("no-authentication", database) as run:
        play(run, "refused-calls-have-no-effect")
        report, extra = concluded(run)

    broken = [item for item in report.requirements if item.findings]
    assert broken
    assert {item.findings[0].repeats.reason for item in broken} == {COSTS}
    assert extra == 0


def test_where_batches_are_named_an_unknown_one_is_sent_again() -> None:
    with judging("error-code-11", control=False) as run:
        play(run, "unknown-batches")
        report, extra = concluded(run)

    assert found(report, "ERR-003").repeats == Repeats(sent=1, broken=1)
    assert extra == 1


def test_where_batches_are_named_an_id_keeps_what_sets_it_apart() -> None:
    with judging("error-code-11-for-odd-ids", control=False) as run:
        send(run, run.session.commit(run.session.batches.invented("y" * 300)))
        report, _ = concluded(run)

    assert re.fullmatch(f"{UUID}-", named(found(report, "ERR-003")))
