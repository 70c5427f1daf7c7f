"""The batches in SQLite: in memory and in a file, with one process and with two."""

import contextlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.record import RequestRecord
from conformance.mock.request import ReceivedRequest
from conformance.mock.settings import MockSettings
from conformance.mock.store import BatchStore, DuplicateBatchError, StoreError
from conformance.selftest.support.mock_client import MockClient, running_mock

WINNERS = """
import sys
from pathlib import Path
from conformance.mock.batches import BatchStatus
from conformance.mock.store import BatchStore

store = BatchStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
won = [n for n in range(200) if store.transition("p", str(n), BatchStatus.READY, BatchStatus.COMMITTED)]
print(*won)
store.close()
"""


def test_two_processes_on_one_file_never_both_commit_a_batch(tmp_path: Path) -> None:
    database = tmp_path / "batches.sqlite"
    store = BatchStore(database)
    store.add(Batch(str(number), "p", BatchStatus.READY) for number in range(200))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WINNERS, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda process: process.communicate("go\n", timeout=60)[0], processes))
    winners = [int(number) for output in outputs for number in output.split()]
    assert sorted(winners) == list(range(200))
    assert len(store.listed(status=BatchStatus.COMMITTED)) == 200
    store.close()


def test_two_mocks_on_one_file_never_both_commit_a_batch(tmp_path: Path) -> None:
    settings = MockSettings(database=tmp_path / "batches.sqlite")
    with running_mock(settings) as first, running_mock(settings) as second, ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            job = first.make()

            def commit(mock: MockClient, job: str = job) -> int:
                return mock.commit(job).status_code

            assert sorted(pool.map(commit, (first, second))) == [200, 400]


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    settings = MockSettings(database=tmp_path / "batches.sqlite")
    with running_mock(settings) as mock:
        job = mock.make()
        assert mock.commit(job).status_code == 200
    with running_mock(settings) as mock:
        assert mock.status(job) == "COMMIT_SUCCESS"
        assert mock.commit(job).status_code == 400


def test_nothing_survives_in_memory() -> None:
    for _ in range(2):
        with running_mock() as mock:
            assert mock.make(async_job_id="same") == "same"


def test_batches_are_added_all_or_none() -> None:
    store = BatchStore()
    store.add([Batch("a", "p", BatchStatus.READY)])
    with pytest.raises(DuplicateBatchError):
        store.add([Batch("b", "p", BatchStatus.READY), Batch("a", "p", BatchStatus.READY)])
    assert [batch.async_job_id for batch in store.listed()] == ["a"]
    store.close()


def test_a_transition_needs_the_project_and_the_state() -> None:
    store = BatchStore()
    store.add([Batch("a", "p", BatchStatus.READY)])
    assert not store.transition("q", "a", BatchStatus.READY, BatchStatus.COMMITTED)
    assert not store.transition("p", "a", BatchStatus.VALIDATING, BatchStatus.COMMITTED)
    assert not store.transition("p", "b", BatchStatus.READY, BatchStatus.COMMITTED)
    assert store.find("a", "p") == Batch("a", "p", BatchStatus.READY)
    assert store.find("a", "q") is None
    store.close()


def test_a_file_that_is_not_a_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    database = tmp_path / "notes.txt"
    database.write_text("These are notes, not a database. " * 100)
    with pytest.raises(StoreError, match=r"notes\.txt cannot be used"):
        BatchStore(database)
    assert database.read_text().startswith("These are notes")


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, n, n FROM c WHERE n < 0"


@pytest.mark.parametrize(
    "commands",
    [
        (f"CREATE VIEW batches AS {ENDLESS}",),
        (
            "CREATE TABLE batches (async_job_id TEXT PRIMARY KEY, project_id TEXT, status TEXT)",
            f"CREATE TRIGGER t BEFORE INSERT ON batches BEGIN INSERT INTO batches {ENDLESS}; END",
        ),
    ],
    ids=["view", "trigger"],
)
def test_a_database_that_runs_statements_of_its_own_is_refused(commands: tuple[str, ...], tmp_path: Path) -> None:
    database = tmp_path / "odd.sqlite"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for command in commands:
            connection.execute(command)
    with pytest.raises(StoreError, match=r"odd\.sqlite cannot be used: it has views or triggers"):
        BatchStore(database)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        BatchStore(tmp_path)


def test_the_record_has_the_last_10000_requests_and_counts_them() -> None:
    record = RequestRecord()
    for number in range(10_005):
        request = ReceivedRequest("GET", b"/%d" % number, b"", (), b"", oversized=False, id="")
        record.add(request, 404, "A" if number < 10 else "B", {"id": "x"})
    assert len(record.listed()) == 10_000
    assert record.listed()[0].target == "/5"
    assert [record.count(operation, {"id": "x"}) for operation in "ABC"] == [5, 9995, 0]
