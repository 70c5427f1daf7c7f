"""Made-up results of runs, for tests of how the proof evaluates them."""

from __future__ import annotations

from conformance.mock.faults import FAULTS
from conformance.proof.detection import FaultRun
from conformance.proof.runs import PlannedRun, SuiteRun
from conformance.spec.catalogue import Level, load

FAULT = "error-code-13"
EXPECTED = frozenset(FAULTS[FAULT].breaks)
MUST = next(r.id for r in load() if r.level is Level.MUST and r.id not in EXPECTED)
SHOULD = next(r.id for r in load() if r.level is Level.SHOULD)
REPORT = {"started": "2020-01-01", "seconds": 1.0, "requests_sha256": "0", "requirements": [{"id": "A"}]}


def suite_run(*violated: str, code: int | None = None, trouble: str = "", requests_sha256: str = "") -> SuiteRun:
    """Return a run that reports these requirements as violated and all others as passed."""
    levels = {r.id: r.level for r in load()}
    verdicts = dict.fromkeys(levels, "pass") | {
        key: "fail" if levels[key] is Level.MUST else "warn" for key in violated
    }
    return SuiteRun(
        code=int("fail" in verdicts.values()) if code is None else code,
        verdicts=verdicts,
        findings=dict.fromkeys(violated, 1),
        first=dict.fromkeys(violated, 10),
        requests=100,
        seconds=2.0,
        trouble=trouble,
        requests_sha256=requests_sha256,
    )


def fault_run(run: SuiteRun) -> FaultRun:
    """Return the run as one on a mock with the fault `FAULT`."""
    return FaultRun(FAULT, 1, EXPECTED, run)


def correct_run(job: PlannedRun) -> SuiteRun:
    """Return the result that the run has if the suite is correct, apart from its mutation."""
    broken = FAULTS[job.fault].breaks if job.fault else ()
    if job.mutation is None:
        return suite_run(*broken, requests_sha256="0")
    if job.mutation.how == "negated":
        return suite_run(job.mutation.oracle)
    if job.fault:
        return suite_run(*(key for key in broken if key != job.mutation.oracle))
    return SuiteRun(0, verdicts={**suite_run().verdicts, job.mutation.oracle: "inconclusive"})
