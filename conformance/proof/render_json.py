"""proof.json: all figures of a proof."""

from __future__ import annotations

import statistics
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import conformance
from conformance import catalogue, specification
from conformance.proof import detection, false_positives
from conformance.proof.conforming_servers import ZOO
from conformance.proof.false_positives import PLAIN
from conformance.server.faults import FAULTS

if TYPE_CHECKING:
    from conformance.proof.detection import Trial
    from conformance.proof.results import Proof

__all__ = ["document"]

FORMAT = 1
"""Version of the document: raised when a field changes its meaning or goes."""

LEGEND = {".": "neither", "+": "expected and reported", "-": "expected, not reported", "!": "reported, not expected"}


def document(proof: Proof) -> dict[str, Any]:
    """Return the proof as JSON values, without times and whatever else is the machine's, except as ratios."""
    spec = specification.load()
    quality = detection.quality(proof.trials)
    found = detection.Detection.of([trial for trial in proof.trials if trial.detected])
    plain = _plain_seconds(proof)
    return {
        "format": FORMAT,
        "suite_version": conformance.__version__,
        "spec": {"version": spec.version, "sha256": spec.sha256},
        "requirements": len(catalogue.load()),
        "proven": not proof.objections,
        "objections": [objection.partition("\n")[0] for objection in proof.objections],
        "quality": {**asdict(quality), "precision": round(quality.precision, 4), "recall": round(quality.recall, 4)},
        "first_finding": None if found is None else asdict(found) | {"within_a_third": round(found.within_a_third, 4)},
        "faults": [_trial(trial, plain) for trial in proof.trials],
        "matrix": _matrix(proof),
        "false_alarms": {
            "runs": len(proof.visits),
            "alarms": false_positives.false_alarms(proof.visits),
            "upper_bound": false_positives.upper_bound(false_positives.false_alarms(proof.visits), len(proof.visits)),
        },
        "zoo": [_resident(proof, name, plain) for name in dict.fromkeys(visit.resident for visit in proof.visits)],
        "mutations": [
            {"oracle": m.mutation.oracle, "how": m.mutation.how, "noticed_by": m.noticed_by, "seen": _line(m.seen)}
            for m in proof.mutants
        ],
        "determinism": None
        if proof.repetition is None
        else {"runs": proof.repetition.runs, "equal": not proof.repetition.objections},
    }


def _trial(trial: Trial, plain: float) -> dict[str, Any]:
    return {
        "name": trial.fault,
        "summary": FAULTS[trial.fault].summary,
        "seed": trial.seed,
        "expected": sorted(trial.expected),
        "reported": sorted(trial.run.reported),
        "detected": trial.detected,
        "exact": trial.exact,
        "objection": _line(trial.objection),
        "requests": trial.run.requests,
        "first_finding": trial.first,
        "relative_time": round(trial.run.seconds / plain, 1),
    }


def _matrix(proof: Proof) -> dict[str, Any]:
    """Return the matrix of requirements and faults, a character for each cell, of the first seed."""
    columns = list({trial.fault: trial for trial in reversed(proof.trials)}.values())[::-1]
    return {
        "legend": LEGEND,
        "faults": [trial.fault for trial in columns],
        "rows": {r.id: "".join(_cell(trial, r.id) for trial in columns) for r in catalogue.load()},
    }


def _cell(trial: Trial, key: str) -> str:
    if key in trial.expected:
        return "+" if key in trial.run.reported else "-"
    return "!" if key in trial.run.reported else "."


def _resident(proof: Proof, name: str, plain: float) -> dict[str, Any]:
    own = [visit for visit in proof.visits if visit.resident == name]
    return {
        "name": name,
        "summary": ZOO[name].summary,
        "runs": len(own),
        "alarms": false_positives.false_alarms(own),
        "objections": sorted({_line(visit.objection) for visit in own if visit.objection}),
        "judged": min(len(visit.run.verdicts) - len(visit.run.unexercised) for visit in own),
        "requests": [min(visit.run.requests for visit in own), max(visit.run.requests for visit in own)],
        "relative_time": round(statistics.median(visit.run.seconds for visit in own) / plain, 1),
    }


def _plain_seconds(proof: Proof) -> float:
    """Return what a run on the mock as it comes takes, by which the other times are told."""
    times = [visit.run.seconds for visit in proof.visits if visit.resident == PLAIN and not visit.run.trouble]
    return statistics.median(times) if times else 1.0


def _line(text: str) -> str:
    """Return the first line, since what follows is the output of a run, and names places on this machine."""
    return text.partition("\n")[0]
