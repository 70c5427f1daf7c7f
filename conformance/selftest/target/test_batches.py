"""The batches that a run names, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import EXPIRED_TOKEN, FOREIGN_PROJECT_ID, FOREIGN_TOKEN, PROJECT_ID, MockSettings

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.selftest.support.command_line import CommandLine

COMMITTED = 35
"""The number of ready batches that a whole run commits."""
COMMITTED_FOR_OTHERS = 3
"""The number of those that it commits besides, if it has a foreign project and a token of it."""


def test_the_profile_safe_names_no_batch_that_could_be_committed(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        batch, other = _created(mock.url, "AUTO_PARAM_VALIDATE_SUCCESS", 2)
        outcome = drs_conform("--target", mock.url, "--profile", "safe", "--ready-job", batch, "--failed-job", other)
        record = httpx.get(f"{mock.url}/_mock/requests", trust_env=False).json()["requests"]

    assert outcome.code == 0
    assert len(record) > 100
    assert 200 not in [entry["status"] for entry in record]
    assert not any(batch in entry["target"] for entry in record)
    assert outcome.requirement("LIFE-001")["verdict"] == "skipped"


def test_a_batch_that_was_validated_meanwhile_is_committed_once(drs_conform: CommandLine, tmp_path: Path) -> None:
    """Not in each language, as for a batch that is still being validated."""
    database = tmp_path / "batches.db"
    with EmbeddedServer(MockSettings(database=database)) as mock:
        [batch] = _created(mock.url, "AUTO_PARAM_VALIDATE_SUCCESS", 1)
    with EmbeddedServer(MockSettings(database=database, control=False)) as bare:
        drs_conform("--target", bare.url, "--only", "LIFE-003", "--validating-job", batch)
        statuses = [request.status for request in bare.app.record.listed() if batch in request.target]

    assert statuses == [200]


@pytest.mark.parametrize("ready", [("batch-10",), ("8ad3a9bb-6b5d-4b5c-8f0d-3f0a4f3c9a10",)])
def test_an_id_that_resembles_a_named_batch_is_not_the_id_of_another_batch(
    ready: tuple[str], drs_conform: CommandLine
) -> None:
    """On a server where an ID of any other format may be the ID of somebody's batch."""
    with EmbeddedServer(MockSettings(control=False)) as bare:
        drs_conform("--target", bare.url, "--only", "LIFE", "--ready-job", *ready)
        named = {request.path_parameters.get("async_job_id", "") for request in bare.app.record.listed()}

    assert not named & {"batch-1", "batch-100", "batch-1%", "%"}


def test_batches_whose_ids_begin_alike_are_each_committed(drs_conform: CommandLine, tmp_path: Path) -> None:
    ready = [f"b7e40f72-09d5-4f86-ab2c-{number:012}" for number in range(COMMITTED + 2)]
    database = tmp_path / "batches.db"
    with EmbeddedServer(MockSettings(database=database)) as mock:
        for batch_id in ready:
            batch = {"status": "AUTO_PARAM_VALIDATE_SUCCESS", "async_job_id": batch_id}
            httpx.post(f"{mock.url}/_mock/batches", json=batch, trust_env=False).raise_for_status()
    with EmbeddedServer(MockSettings(database=database, control=False)) as bare:
        drs_conform("--target", bare.url, *(word for batch_id in ready for word in ("--ready-job", batch_id)))
        committed = {
            request.path_parameters["async_job_id"] for request in bare.app.record.listed() if request.status == 200
        }

    assert len(committed) == COMMITTED


def test_without_batches_a_full_run_is_inconclusive(drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(control=False)) as mock:
        outcome = drs_conform("--target", mock.url)

    assert outcome.code == 3
    assert "--ready-job" in outcome.out.splitlines()[0]
    assert outcome.broken == set()


def test_each_named_batch_is_committed_once(drs_conform: CommandLine, tmp_path: Path) -> None:
    """On a server whose batches the user names, as on the real service."""
    database = tmp_path / "batches.db"
    with EmbeddedServer(MockSettings(database=database)) as mock:
        ids = {
            status: _created(mock.url, status, count)
            for status, count in {
                "AUTO_PARAM_VALIDATE_SUCCESS": COMMITTED + COMMITTED_FOR_OTHERS + 1,
                "ASYNC_JOB_VALIDATING": 1,
                "ASYNC_JOB_VALIDATE_FAILED": 1,
                "COMMIT_SUCCESS": 1,
            }.items()
        }
    ready, *others = (",".join(batches) for batches in ids.values())
    names = ("DRS_VALIDATING_JOBS", "DRS_FAILED_JOBS", "DRS_COMMITTED_JOBS")
    variables = {
        "DRS_READY_JOBS": ready,
        "DRS_FOREIGN_PROJECT_ID": FOREIGN_PROJECT_ID,
        "DRS_FOREIGN_TOKEN": FOREIGN_TOKEN,
        **dict(zip(names, others, strict=True)),
    }

    with EmbeddedServer(MockSettings(database=database, control=False)) as bare:
        outcome = drs_conform("--target", bare.url, **variables)

    with EmbeddedServer(MockSettings(database=database)) as mock:
        batches = httpx.get(f"{mock.url}/_mock/batches", trust_env=False).json()["batches"]
    committed = {batch["async_job_id"] for batch in batches if batch["status"] == "COMMIT_SUCCESS"}
    assert outcome.code == 0
    # LIFE-009 needs a batch of the foreign project.
    assert {item["id"] for item in outcome.report["requirements"] if item["verdict"] != "pass"} == {"LIFE-009"}
    # One more than a run needs is left as it is.
    assert len(committed & {*ids["AUTO_PARAM_VALIDATE_SUCCESS"]}) == COMMITTED + COMMITTED_FOR_OTHERS
    assert {batch["async_job_id"] for batch in batches} == {batch for created in ids.values() for batch in created}


def test_a_batch_of_the_foreign_project_is_named_once_if_it_is_committed(
    drs_conform: CommandLine, tmp_path: Path
) -> None:
    options = ("--foreign-project-id", FOREIGN_PROJECT_ID, "--foreign-job", "f-1", "--ledger", str(tmp_path / "used"))
    with EmbeddedServer(MockSettings(faults=("commit-foreign",), control=False)) as bare:
        bare.app.store.add([Batch("f-1", FOREIGN_PROJECT_ID, BatchStatus.READY)])
        verdicts = [
            drs_conform("--target", bare.url, "--only", "LIFE-009", *options).requirement("LIFE-009")["verdict"]
            for _ in range(2)
        ]
        named = sum("f-1" in request.target for request in bare.app.record.listed())

    assert verdicts == ["warn", "skipped"]
    assert named == 1


def test_an_expired_token_of_the_user_is_tried(drs_conform: CommandLine) -> None:
    only = ("--only", "AUTH-002", "--ready-job")
    with EmbeddedServer(MockSettings(faults=("token-expired",), control=False)) as bare:
        bare.app.store.add([Batch(batch_id, PROJECT_ID, BatchStatus.READY) for batch_id in ("r-1", "r-2")])
        given = drs_conform("--target", bare.url, *only, "r-1", DRS_EXPIRED_TOKEN=EXPIRED_TOKEN)
        report = (given.directory / "conformance.json").read_text(encoding="utf-8")
        without = drs_conform("--target", bare.url, *only, "r-2")

    assert (given.code, without.code) == (1, 0)
    assert EXPIRED_TOKEN not in report


def test_a_token_of_the_foreign_project_of_the_user_is_tried(drs_conform: CommandLine) -> None:
    only = ("--only", "AUTH-012", "--foreign-project-id", FOREIGN_PROJECT_ID, "--ready-job")
    with EmbeddedServer(MockSettings(faults=("token-of-any-project",), control=False)) as bare:
        bare.app.store.add([Batch(batch_id, PROJECT_ID, BatchStatus.READY) for batch_id in ("r-1", "r-2")])
        given = drs_conform("--target", bare.url, *only, "r-1", DRS_FOREIGN_TOKEN=FOREIGN_TOKEN)
        verdict = given.requirement("AUTH-012")["verdict"]
        texts = [path.read_text(encoding="utf-8") for path in given.directory.rglob("*.*") if path.suffix != ".png"]
        without = drs_conform("--target", bare.url, *only, "r-2")

    assert (given.code, verdict) == (1, "fail")
    assert without.requirement("AUTH-012")["verdict"] == "skipped"
    assert not any(FOREIGN_TOKEN in text for text in texts)
    assert any("$DRS_FOREIGN_TOKEN" in text for text in texts)


def _created(url: str, status: str, count: int) -> list[str]:
    answer = httpx.post(f"{url}/_mock/batches", json={"status": status, "count": count}, trust_env=False)
    return [batch["async_job_id"] for batch in answer.raise_for_status().json()["batches"]]
