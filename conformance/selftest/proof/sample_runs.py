"""Runs of the proof that never took place, with what its parts are to make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.catalogue import Level, load
from conformance.proof.detection import Trial
from conformance.proof.runs import Job, Run
from conformance.server.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

FAULT = "error-code-13"
EXPECTED = frozenset(FAULTS[FAULT].breaks)
MUST = next(r.id for r in load() if r.level is Level.MUST and r.id not in EXPECTED)
SHOULD = next(r.id for r in load() if r.level is Level.SHOULD)
REPORT = {"started": "2020-01-01", "seconds": 1.0, "requests_sha256": "0", "requirements": [{"id": "A"}]}


def run(*broken: str, code: int | None = None, trouble: str = "", stream: str = "") -> Run:
    """A run in which these requirements were reported, and all others passed."""
    levels = {r.id: r.level for r in load()}
    verdicts = dict.fromkeys(levels, "pass") | {key: "fail" if levels[key] is Level.MUST else "warn" for key in broken}
    return Run(
        code=int("fail" in verdicts.values()) if code is None else code,
        verdicts=verdicts,
        findings=dict.fromkeys(broken, 1),
        first=dict.fromkeys(broken, 10),
        requests=100,
        seconds=2.0,
        trouble=trouble,
        stream=stream,
    )


def trial(outcome: Run) -> Trial:
    return Trial(FAULT, 1, EXPECTED, outcome)


def perfect(jobs: Sequence[Job], **_: object) -> list[Run]:
    """Make runs as they should be."""
    return [sound(job) for job in jobs]


def sound(job: Job) -> Run:
    broken = FAULTS[job.fault].breaks if job.fault else ()
    if job.mutation is None:
        return run(*broken, stream="0")
    if job.mutation.how == "negated":
        return run(job.mutation.oracle)
    if job.fault:
        return run(*(key for key in broken if key != job.mutation.oracle))
    return Run(0, verdicts={**run().verdicts, job.mutation.oracle: "inconclusive"})
