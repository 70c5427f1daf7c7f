"""The batches that findings are sent again with: new ones, and never those that the user has named."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.engine.resend import USES_UP_A_BATCH
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import MockSettings
from conformance.reports.model import Repeats
from conformance.selftest.support.judging import UUID, batch_id_of, conclude, finding_of, open_run, play, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.engine.run import Run


def test_a_used_batch_is_replaced_by_a_new_one() -> None:
    with open_run("job-missing") as run:
        play(run, "commits-of-validated-batches")
        report, extra = conclude(run)
        record = httpx.get(f"{run.settings.target}/_mock/requests", trust_env=False).json()["requests"]

    committed = [entry["target"] for entry in record if entry["status"] == 200 and "/commit" in entry["target"]]
    finding = finding_of(report, "RES-002")
    assert finding.repeats == Repeats(sent=1, broken=1)
    assert extra == 1
    assert len(set(committed)) == len(committed) == 2
    used, created, command = finding.curl.splitlines()
    assert used.startswith("# ")
    assert batch_id_of(finding) in used
    assert "/_mock/batches" in created
    assert " | curl " in command


@pytest.fixture
def database(tmp_path: Path) -> tuple[Path, list[str]]:
    """The database of a mock and the validated batches in it."""
    path = tmp_path / "batches.db"
    with EmbeddedServer(MockSettings(database=path)) as mock:
        wanted = {"status": "AUTO_PARAM_VALIDATE_SUCCESS", "count": 3}
        answer = httpx.post(f"{mock.url}/_mock/batches", json=wanted, trust_env=False).raise_for_status().json()
    return path, [batch["async_job_id"] for batch in answer["batches"]]


@contextmanager
def open_run_with_named_batches(fault: str, database: tuple[Path, list[str]]) -> Iterator[Run]:
    """Open a run on a mock that cannot create batches; the user has named its validated ones."""
    path, ready = database
    with open_run(fault, settings=Settings(ready_jobs=tuple(ready)), database=path, control=False) as run:
        yield run


def test_a_named_batch_is_not_used_up_by_a_confirmation(database: tuple[Path, list[str]]) -> None:
    with open_run_with_named_batches("job-missing", database) as run:
        play(run, "commits-of-validated-batches")
        report, extra = conclude(run)

    finding = finding_of(report, "RES-002")
    assert finding.repeats == Repeats(reason=USES_UP_A_BATCH)
    assert extra == 0
    assert batch_id_of(finding) in finding.curl.splitlines()[0]
    assert finding.curl.startswith("# ")
    assert "_mock" not in finding.curl
    with EmbeddedServer(MockSettings(database=database[0])) as mock:
        batches = httpx.get(f"{mock.url}/_mock/batches", trust_env=False).json()["batches"]
    assert [batch["status"] for batch in batches].count("COMMIT_SUCCESS") == 1


def test_a_scenario_that_uses_named_batches_is_not_played_again(database: tuple[Path, list[str]]) -> None:
    with open_run_with_named_batches("no-authentication", database) as run:
        play(run, "refused-calls-have-no-effect")
        report, extra = conclude(run)

    broken = [item for item in report.requirements if item.findings]
    assert broken
    assert {item.findings[0].repeats.reason for item in broken} == {USES_UP_A_BATCH}
    assert extra == 0


def test_an_unknown_batch_is_sent_again_if_batches_cannot_be_created() -> None:
    with open_run("error-code-11", control=False) as run:
        play(run, "unknown-batches")
        report, extra = conclude(run)

    assert finding_of(report, "ERR-003").repeats == Repeats(sent=1, broken=1)
    assert extra == 1


def test_an_odd_id_keeps_its_unique_prefix_if_batches_cannot_be_created() -> None:
    with open_run("error-code-11-for-odd-ids", control=False) as run:
        send(run, run.session.commit(run.session.batches.invented("y" * 300)))
        report, _ = conclude(run)

    assert re.fullmatch(f"{UUID}-", batch_id_of(finding_of(report, "ERR-003")))
