"""proof.json: all figures of a proof."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import conformance
from conformance.mock.faults import FAULTS
from conformance.proof import detection, false_positives, foreign, others
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.false_positives import PLAIN_MOCK
from conformance.spec import catalogue, openapi

if TYPE_CHECKING:
    from conformance.proof.detection import FaultRun
    from conformance.proof.results import Proof

__all__ = ["document"]

FIRST_CONTACT = Path(conformance.__file__).parent / "docs" / "first-contact.json"
"""What the first run of each round of blind servers showed; it is written by hand, and never changed."""

FORMAT = 1
"""Version of the document, incremented when a field is removed or changes its meaning."""

LEGEND = {".": "neither", "+": "expected and reported", "-": "expected, not reported", "!": "reported, not expected"}


def document(proof: Proof) -> dict[str, Any]:
    """Return the proof as JSON values; times are relative, except the total in `cost`."""
    spec = openapi.load()
    quality = detection.quality(proof.fault_runs)
    first = detection.FirstFinding.of([run for run in proof.fault_runs if run.detected])
    mock_seconds = _mock_seconds(proof)
    false_count = false_positives.count(proof.server_runs)
    return {
        "format": FORMAT,
        "suite_version": conformance.__version__,
        "spec": {"version": spec.version, "sha256": spec.sha256},
        "requirements": len(catalogue.load()),
        "proven": not proof.objections,
        "objections": [_first_line(objection) for objection in proof.objections],
        "quality": {
            "trials": quality.runs,
            "detected": quality.detected,
            "exact": quality.exact,
            "correct": quality.correct,
            "reported": quality.reported,
            "expected": quality.expected,
            "precision": round(quality.precision, 4),
            "recall": round(quality.recall, 4),
        },
        "named": {
            "trials": len(proof.named_runs),
            "detected": sum(run.noticed for run in proof.named_runs),
            "missed": [run.fault for run in proof.named_runs if not run.noticed],
        },
        "first_contact": json.loads(FIRST_CONTACT.read_text(encoding="utf-8"))["rounds"],
        "first_finding": None if first is None else asdict(first) | {"within_a_third": round(first.within_a_third, 4)},
        "faults": [_fault(run, mock_seconds) for run in proof.fault_runs],
        "matrix": _matrix(proof),
        "false_alarms": {
            "runs": len(proof.server_runs),
            "alarms": false_count,
            "upper_bound": false_positives.upper_bound(false_count, len(proof.server_runs)),
        },
        "zoo": [_server(proof, name, mock_seconds) for name in dict.fromkeys(run.server for run in proof.server_runs)],
        "mutations": [
            {
                "oracle": result.mutation.oracle,
                "how": result.mutation.how,
                "noticed_by": result.detected_by,
                "seen": _first_line(result.objection),
            }
            for result in proof.mutations
        ],
        "foreign": foreign.figures(proof.foreign),
        "others": others.figures(proof.others),
        "determinism": None
        if proof.repetition is None
        else {"runs": proof.repetition.runs, "equal": not proof.repetition.objections},
        "cost": {"processors": proof.processes, "minutes": round(proof.minutes, 1)},
    }


def _fault(run: FaultRun, mock_seconds: float) -> dict[str, Any]:
    return {
        "name": run.fault,
        "summary": FAULTS[run.fault].summary,
        "seed": run.seed,
        "expected": sorted(run.expected),
        "reported": sorted(run.run.reported),
        "detected": run.detected,
        "exact": run.exact,
        "objection": _first_line(run.objection),
        "requests": run.run.requests,
        "first_finding": run.first,
        "relative_time": round(run.run.seconds / mock_seconds, 1),
    }


def _matrix(proof: Proof) -> dict[str, Any]:
    """Return the matrix of requirements and faults for the first seed, one character per cell."""
    columns = list({run.fault: run for run in reversed(proof.fault_runs)}.values())[::-1]
    return {
        "legend": LEGEND,
        "faults": [run.fault for run in columns],
        "rows": {r.id: "".join(_cell(run, r.id) for run in columns) for r in catalogue.load()},
    }


def _cell(run: FaultRun, key: str) -> str:
    if key in run.expected:
        return "+" if key in run.run.reported else "-"
    return "!" if key in run.run.reported else "."


def _server(proof: Proof, name: str, mock_seconds: float) -> dict[str, Any]:
    runs = [run for run in proof.server_runs if run.server == name]
    return {
        "name": name,
        "summary": CONFORMING_SERVERS[name].summary,
        "runs": len(runs),
        "alarms": false_positives.count(runs),
        "objections": sorted({_first_line(run.objection) for run in runs if run.objection}),
        "judged": min(len(run.run.verdicts) - len(run.run.unexercised) for run in runs),
        "requests": [min(run.run.requests for run in runs), max(run.run.requests for run in runs)],
        "relative_time": round(statistics.median(run.run.seconds for run in runs) / mock_seconds, 1),
    }


def _mock_seconds(proof: Proof) -> float:
    """Return the median time of a run on the mock without variants, to which the other times are relative."""
    times = [run.run.seconds for run in proof.server_runs if run.server == PLAIN_MOCK and not run.run.trouble]
    return statistics.median(times) if times else 1.0


def _first_line(text: str) -> str:
    """Return the first line; the others are output of a run, which may contain local paths."""
    return text.partition("\n")[0]
