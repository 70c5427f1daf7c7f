"""Tests that no two runs name the same committable batch, even if runs are killed.

DRS_SELFTEST_KILLS is the number of runs that are killed, each after a random number of requests (default: 8).
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import uuid
from typing import TYPE_CHECKING
from unittest import mock

from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import PROJECT_ID, MockSettings
from conformance.selftest.support.command_line import CommandLine
from conformance.target.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.mock.record import RequestRecord
    from conformance.mock.request import ReceivedRequest

KILLS = int(os.environ.get("DRS_SELFTEST_KILLS", "8"))
FEWEST, MOST = 40, 140
"""The bounds of the number of requests after which a run is killed; a run names a batch from about the 60th on."""


class _KillingRecord:
    """Kills a run after a number of requests, before the last one is answered.

    Attributes:
        process: The process of the run.
        after: The number of requests; 0 never kills.
        targets: The targets of all requests.
    """

    process: subprocess.Popen[str]

    def __init__(self, record: RequestRecord) -> None:
        self._add = record.add
        self.targets: list[str] = []
        self.after = 0

    def add(self, request: ReceivedRequest, status: int, operation_id: str | None, parameters: dict[str, str]) -> None:
        self._add(request, status, operation_id, parameters)
        self.targets.append(request.target.decode("latin-1"))
        if len(self.targets) == self.after:
            self.process.kill()


def test_no_two_runs_name_the_same_committable_batch_even_if_killed(tmp_path: Path) -> None:
    seed = secrets.randbelow(10**6)
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    batches = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(15 * (KILLS + 1))]
    drs_conform = CommandLine(tmp_path / "reports")
    environment = drs_conform.environment(DRS_READY_JOBS=",".join(batches), DRS_LEDGER=str(tmp_path / "used"))
    runs: list[set[str]] = []
    codes = []
    for after in (*(rng.randint(FEWEST, MOST) for _ in range(KILLS)), 0):
        # Each run has its own server, because requests of a killed run may arrive during the next one.
        with EmbeddedServer(MockSettings(control=False)) as server:
            server.app.store.add(Batch(batch_id, PROJECT_ID, BatchStatus.READY) for batch_id in batches)
            record = _KillingRecord(server.app.record)
            record.after = after
            with mock.patch.object(server.app.record, "add", record.add):
                record.process = subprocess.Popen(
                    drs_conform.arguments("--target", server.url, "--profile", "full"),
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
                out, _ = record.process.communicate(timeout=120)
        codes.append(record.process.returncode)
        runs.append({batch_id for batch_id in batches if any(batch_id in sent for sent in record.targets)})
    named = [batch_id for run in runs for batch_id in run]

    assert codes[:-1] == [-signal.SIGKILL] * KILLS, f"seed {seed}: {out}"
    assert len(named) == len(set(named)), f"seed {seed}"
    assert codes[-1] in (0, 3), f"seed {seed}: {out}"
    assert set(Ledger(tmp_path / "used", server.url).used(batches)) >= set(named)
    assert sum(map(bool, runs)) > 1, f"seed {seed}: fewer than two runs named a batch"
