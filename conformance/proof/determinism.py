"""Repeated runs with one seed: in every interpreter they must send the same bytes and report the same."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import conformance
from conformance import interpreter
from conformance.config.options import without_variables
from conformance.mock.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Repetition", "compare", "repeat"]

VARYING_KEYS = ("started", "seconds", "latency")
"""Keys of the report whose values differ from run to run."""
ROOT = Path(conformance.__file__).parents[1]


@dataclass(frozen=True)
class Repetition:
    """Runs with one seed against a fresh mock on one port, each in a new interpreter with another hash seed.

    Attributes:
        runs: Number of runs.
        digests: Digests of everything sent; only one if all runs sent the same.
        differences: Places where a report differs from the first one, except times.
    """

    runs: int
    digests: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def objections(self) -> list[str]:
        """The problems, in phrases."""
        problems = []
        if len(self.digests) > 1:
            problems.append(f"{self.runs} runs with one seed sent {len(self.digests)} different streams of requests")
        return problems + [f"a repeated run differs: {difference}" for difference in self.differences]


def repeat(port: int, hash_seed: int, *, by_pytest: bool = False) -> dict[str, Any]:
    """Check a fresh mock on this port in a new interpreter, by `drs-conform` or by plain pytest; return the report.

    Raises:
        RuntimeError: The exit code is not 0.
    """
    program = ["pytest", "conformance/suite"] if by_pytest else ["conformance"]
    with tempfile.TemporaryDirectory() as directory, EmbeddedServer(port=port) as mock:
        process = subprocess.run(  # noqa: S603 - our own program
            interpreter.command(*program, "--target", mock.url, "--report-dir", directory),
            env={**without_variables(os.environ), "PYTHONHASHSEED": str(hash_seed)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if process.returncode:
            raise RuntimeError(f"exit code {process.returncode}: {process.stderr}")
        report: dict[str, Any] = json.loads((Path(directory) / "conformance.json").read_text(encoding="utf-8"))
    return report


def compare(reports: Sequence[dict[str, Any]]) -> Repetition:
    """Compare the reports of runs that should be the same."""
    differences = [
        f"report {number} at {place}"
        for number, other in enumerate(reports[1:], start=2)
        for place in _differences(_without(VARYING_KEYS, reports[0]), _without(VARYING_KEYS, other))
    ]
    digests = sorted({str(report["requests_sha256"]) for report in reports})
    return Repetition(len(reports), tuple(digests), tuple(differences))


def _without(names: Sequence[str], report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in names}


def _differences(one: object, other: object, place: str = "") -> Iterator[str]:
    """Yield the places where two JSON values differ, as JSON pointers."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from _differences(one[key], other[key], f"{place}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differences(left, right, f"{place}/{index}")
    elif one != other:
        yield place or "/"
