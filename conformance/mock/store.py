"""The batches, stored in SQLite."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING

from conformance.mock.batches import Batch, BatchStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["BatchStore", "DuplicateBatchError", "FullStoreError", "StoreError"]

MAX_BYTES = 64 * 1024 * 1024
"""Size above which the database takes no more batches."""

_LISTED = 10_000
_BLOCK = 64
_PAGE = 4096

_BUSY_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    async_job_id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    status TEXT NOT NULL
)
"""
_FOREIGN = "SELECT 1 FROM sqlite_master WHERE type IN ('view', 'trigger') LIMIT 1"
_COLUMNS = "SELECT async_job_id, project_id, status FROM batches"
_ENDS = """
SELECT min(number), max(number) FROM (
    SELECT rowid AS number FROM batches
    WHERE (:project IS NULL OR project_id = :project) AND (:status IS NULL OR status = :status)
    ORDER BY rowid DESC LIMIT :most
)
"""
_BETWEEN = """
SELECT rowid, async_job_id, project_id, status FROM batches
WHERE rowid BETWEEN :first AND :last
    AND (:project IS NULL OR project_id = :project) AND (:status IS NULL OR status = :status)
ORDER BY rowid LIMIT :most
"""


class StoreError(Exception):
    """The database file cannot be used; the message is one line with its name and the reason."""


class DuplicateBatchError(Exception):
    """A batch with this ID already exists."""


class FullStoreError(Exception):
    """The database has no room for these batches."""


class BatchStore:
    """All batches of all projects; safe for several threads, and for several processes that share a file."""

    def __init__(self, database: Path | None = None) -> None:
        """Open the file, or a database in memory; creates a missing file; raises `StoreError`."""
        # One connection for the life of the store, since a database in memory belongs to its connection.
        self._lock = threading.Lock()
        name = ":memory:" if database is None else str(database)
        connection = None
        try:
            connection = sqlite3.connect(name, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None)
            # Readers and one writer do not block each other. A power failure can lose only the last transactions.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA page_size = {_PAGE}")
            connection.execute(f"PRAGMA max_page_count = {MAX_BYTES // _PAGE}")
            connection.execute("BEGIN IMMEDIATE")  # fails on a read-only file
            if connection.execute(_FOREIGN).fetchone():
                raise sqlite3.DatabaseError("it has views or triggers, which may never end")
            connection.execute(_SCHEMA)
            connection.execute(f"{_COLUMNS} LIMIT 0")  # fails on a table of another program
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise StoreError(f"the database {name} cannot be used: {error}") from error
        self._connection = connection

    def close(self) -> None:
        """Close the database; the store cannot be used after this."""
        with self._lock:
            self._connection.close()

    def add(self, batches: Iterable[Batch]) -> None:
        """Add batches, all or none; raises `DuplicateBatchError` if an ID is taken, or `FullStoreError`."""
        rows = [(batch.async_job_id, batch.project_id, batch.status.value) for batch in batches]
        with self._lock, contextlib.ExitStack() as undo:
            self._connection.execute("BEGIN IMMEDIATE")
            undo.callback(self._connection.rollback)
            try:
                self._connection.executemany("INSERT INTO batches VALUES (?, ?, ?)", rows)
            except sqlite3.IntegrityError as error:
                raise DuplicateBatchError from error
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                    raise
                raise FullStoreError from error
            self._connection.execute("COMMIT")
            undo.pop_all()

    def find(self, async_job_id: str, project_id: str | None = None) -> Batch | None:
        """Return the batch with this ID, in one project or in any; `None` if there is none."""
        with self._lock:
            row = self._connection.execute(f"{_COLUMNS} WHERE async_job_id = ?", (async_job_id,)).fetchone()
        return _batch(*row) if row and project_id in {None, row[1]} else None

    def listed(self, project_id: str | None = None, status: BatchStatus | None = None) -> list[Batch]:
        """Return the last 10,000 batches of one project or of all, in one state or in any, oldest first."""
        return [batch for block in self.blocks(project_id, status) for batch in block]

    def blocks(self, project_id: str | None = None, status: BatchStatus | None = None) -> Iterator[list[Batch]]:
        """Yield the same in blocks, each as it is when it is read."""
        chosen = {"project": project_id, "status": None if status is None else status.value}
        with self._lock:
            number, end = self._connection.execute(_ENDS, {**chosen, "most": _LISTED}).fetchone()
        while number is not None and number <= end:
            with self._lock:
                values = {**chosen, "first": number, "last": end, "most": _BLOCK}
                rows = self._connection.execute(_BETWEEN, values).fetchall()
            yield [_batch(*row[1:]) for row in rows]
            number = rows[-1][0] + 1 if rows else None

    def clear(self) -> None:
        """Remove all batches."""
        with self._lock:
            self._connection.execute("DELETE FROM batches")

    def transition(self, project_id: str, async_job_id: str, before: BatchStatus, after: BatchStatus) -> bool:
        """Change the state of a batch from one to another, and return whether this call changed it.

        One statement compares and sets, so only one of several simultaneous calls succeeds.
        """
        with self._lock:
            cursor = self._connection.execute(
                "UPDATE batches SET status = ? WHERE async_job_id = ? AND project_id = ? AND status = ?",
                (after.value, async_job_id, project_id, before.value),
            )
            return cursor.rowcount == 1


def _batch(async_job_id: str, project_id: str, status: str) -> Batch:
    return Batch(async_job_id, project_id, BatchStatus(status))
