"""The ledger: a record, kept from run to run, of the batches that have been used, so that none is committed twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.config.option_values import reason, state_directory
from conformance.errors import ConfigurationError, LedgerError
from conformance.exchange.identifiers import batch_key
from conformance.spec.untrusted_files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conformance.config.settings import Settings

__all__ = ["Ledger", "Use", "check_ledger", "open_ledger"]

LARGEST_ENTRY = 1024 * 1024
"""Maximum size of a file in bytes."""


@dataclass(frozen=True)
class Use:
    """The use of a batch.

    Attributes:
        target: Base URL of the target; None if the run ended before it was recorded.
        when: Time in UTC (RFC 3339); None likewise.
    """

    target: str | None = None
    when: str | None = None

    def __str__(self) -> str:
        """Return when and where the batch was used, as far as recorded."""
        return f"{self.when}, {self.target}" if self.when and self.target else "by a run that was interrupted"


class Ledger:
    """A directory with a file for each batch that has been used; safe to use from several processes.

    A batch belongs to the process that creates its file, so a killed process leaves no lock behind. Only the existence
    of the file counts, so an empty file counts as well. Whether a batch has been used does not depend on the target,
    since the same batch may be reached at several URLs.
    """

    def __init__(self, directory: Path, target: str) -> None:
        """Create the directory unless it exists, and check that files can be written there.

        Args:
            directory: The directory of the files.
            target: Base URL of the target, which is recorded with each use.

        Raises:
            LedgerError: The directory cannot be created, or files cannot be written there.
        """
        self._directory = directory
        self._target = target
        try:
            _create(directory)
            with tempfile.TemporaryFile(dir=directory):
                pass
        except OSError as error:
            raise self._unusable("written to", error) from None

    def claim(self, batch_id: str) -> bool:
        """Claim a batch for this run; returns False if it has been claimed before.

        On return the claim is on the disk. IDs that differ only in their spelling are one batch; see `batch_key`.

        Raises:
            LedgerError: The claim cannot be written; the batch must not be used.
        """
        path, *former = self._paths(batch_id)
        if any(other.exists() for other in former):
            return False
        when = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        entry = {"id": batch_id, "target": self._target, "when": when, "pid": os.getpid()}
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return False
        except OSError as error:
            raise self._unusable("written to", error) from None
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                file.write(json.dumps(entry).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            _flush(self._directory)
        except OSError as error:
            # The batch was not granted, so it can be claimed again when there is room.
            with contextlib.suppress(OSError):
                path.unlink()
            raise self._unusable("written to", error) from None
        return True

    def release(self, batch_id: str) -> None:
        """Withdraw a claim of this run; raises `LedgerError`."""
        try:
            self._paths(batch_id)[0].unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable("written to", error) from None

    def used(self, ids: Iterable[str]) -> dict[str, Use]:
        """Return the batches that have been claimed, by this run or before, with their uses.

        Raises:
            LedgerError: The directory cannot be read.
        """
        found: dict[str, Use] = {}
        for batch_id in ids:
            for path in self._paths(batch_id):
                try:
                    found[batch_id] = _read_use(read_bytes(path, LARGEST_ENTRY))
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise self._unusable("read", error) from None
        return found

    def _paths(self, batch_id: str) -> list[Path]:
        """Return the file of a batch in any spelling of its ID, and the one that former versions gave this spelling."""
        keys = dict.fromkeys((batch_key(batch_id), batch_id.strip().casefold()))
        hashes = [hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest() for key in keys]
        return [self._directory / f"{name}.json" for name in hashes]

    def _unusable(self, action: str, error: OSError) -> LedgerError:
        return LedgerError(
            f"--ledger: {self._directory} cannot be {action} ({reason(error)}); fix that, "
            "or name another directory, which has no record of used batches"
        )


def open_ledger(settings: Settings) -> Ledger | None:
    """Return the ledger of a run; None if the run commits no batch that the user named.

    Raises:
        LedgerError: The ledger cannot be used.
    """
    if settings.profile != "full" or settings.target is None or not settings.committable_jobs:
        return None
    try:
        directory = settings.ledger or state_directory() / "used"
    except RuntimeError:
        raise LedgerError("--ledger: this user has no home directory to keep it in; name a directory") from None
    return Ledger(directory, settings.target)


def check_ledger(settings: Settings) -> str:
    """Return a notice that lists the named batches that earlier runs have used; empty if there are none.

    Raises:
        LedgerError: The ledger cannot be used.
        ConfigurationError: All of them have been used.
    """
    ledger = open_ledger(settings)
    if ledger is None:
        return ""
    used = ledger.used(settings.ready_jobs)
    batches = ", ".join(f"{batch_id} ({use})" for batch_id, use in used.items())
    if used and used.keys() == set(settings.ready_jobs):
        remedy = "; if the server has forgotten them, give an empty --ledger directory" if settings.is_local else ""
        raise ConfigurationError(
            f"--ready-job: used before: {batches}; name batches that have been validated since{remedy}"
        )
    return f"--ready-job: left out, since used before: {batches}" if batches else ""


def _create(directory: Path) -> None:
    """Create a directory and its parents, and write their names to the disk."""
    if directory.is_dir():
        return
    if directory.parent != directory:
        _create(directory.parent)
    directory.mkdir(exist_ok=True)
    _flush(directory.parent)


def _flush(directory: Path) -> None:
    """Write the names in a directory to the disk, if the system supports it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_use(content: bytes) -> Use:
    """Return the use that a file records; without target and time if the file is incomplete or malformed."""
    try:
        entry = json.loads(content)
    except (ValueError, RecursionError):
        return Use()
    if not isinstance(entry, dict):
        return Use()
    target, when = entry.get("target"), entry.get("when")
    return Use(target, when) if isinstance(target, str) and isinstance(when, str) else Use()
