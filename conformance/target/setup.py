"""What a run is opened with: the target, and the hands that reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.config import option_values
from conformance.errors import ConfigurationError, LedgerError
from conformance.exchange import classification
from conformance.target.batches import Batches
from conformance.target.ledger import Ledger
from conformance.target.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.config.settings import Settings
    from conformance.spec.openapi import Specification
    from conformance.target.connection import Connection
    from conformance.target.session import Log

__all__ = ["OPERATION", "check_ledger", "open_session"]

OPERATION = "CommitAsyncJob"


def open_session(settings: Settings, specification: Specification, connection: Connection, log: Log) -> Session:
    """Put together what requests pass through on their way, and what watches over them.

    Raises:
        LedgerError: The ledger cannot be used.
    """
    named, provider, untouchable = settings.jobs, connection.provider, frozenset[str]()
    if settings.profile == "safe":
        untouchable = frozenset(batch_id for ids in named.values() for batch_id in ids)
        named, provider = {}, None
    account = connection.account
    ledger = Ledger(_directory(settings), connection.target) if _keeps_ledger(settings) and connection.real else None
    return Session(
        operation=specification.operation(OPERATION),
        account=account,
        transport=connection.transport,
        reader=classification.Classifier(
            specification,
            token=account.token,
            project_id=account.project_id,
            foreign=account.foreign_project_id,
        ),
        batches=Batches(named, seed=settings.seed, provider=provider, ledger=ledger),
        log=log,
        untouchable=untouchable,
        cautious=settings.profile == "safe",
        seed=settings.seed,
    )


def check_ledger(settings: Settings) -> str:
    """Return a notice of the named batches that earlier runs have used, and that this one leaves out; empty if none.

    Raises:
        LedgerError: The ledger cannot be used.
        ConfigurationError: All of them have been used.
    """
    if not _keeps_ledger(settings):
        return ""
    used = Ledger(_directory(settings), str(settings.target)).used(settings.ready_jobs)
    told = ", ".join(f"{batch_id} ({use})" for batch_id, use in used.items())
    if len(used) == len(set(settings.ready_jobs)):
        raise ConfigurationError(f"--ready-job: used before: {told}; name batches that have been validated since")
    return f"--ready-job: left out, since used before: {told}" if told else ""


def _directory(settings: Settings) -> Path:
    try:
        return settings.ledger or option_values.state_directory() / "used"
    except RuntimeError:
        raise LedgerError("--ledger: this user has no home to keep it in; name a directory") from None


def _keeps_ledger(settings: Settings) -> bool:
    return settings.profile == "full" and settings.target is not None and bool(settings.ready_jobs)
