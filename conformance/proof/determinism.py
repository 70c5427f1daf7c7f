"""Determinism: the same seed sends the same octets and says the same, in every interpreter."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import conformance
from conformance.proof import process_pool
from conformance.server.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Repetition", "compare", "repeat", "repeat_all"]

TIMES = ("started", "seconds", "latency")
"""What differs from run to run by its nature."""


SHARDED = (*TIMES, "command", "requests")
"""What differs as well if a run is made by several processes, each of which asks whether the target is there."""
ROOT = Path(conformance.__file__).parents[1]


@dataclass(frozen=True)
class Repetition:
    """Runs with one seed on a fresh mock at one port, each in a new interpreter with another hash seed.

    Attributes:
        runs: How many, those in several processes included.
        streams: Digests of all that was sent; one, if all runs sent the same.
        differences: Where a report differs from the first one, times apart.
        trouble: Why runs are missing.
    """

    runs: int
    streams: tuple[str, ...]
    differences: tuple[str, ...]
    trouble: tuple[str, ...] = ()

    @property
    def objections(self) -> list[str]:
        """What is wrong, in phrases."""
        said = [f"a repeated run is no evidence: {trouble}" for trouble in self.trouble]
        if len(self.streams) > 1:
            said.append(f"{self.runs} runs with one seed sent {len(self.streams)} different streams of requests")
        return said + [f"a repeated run differs: {difference}" for difference in self.differences]


def repeat_all(
    number: int, *, limit: float, streams: Sequence[str] = (), told: Callable[[], None] = lambda: None
) -> Repetition:
    """Repeat the run that many times, the last one in two processes; one after another, since they share the port.

    Args:
        number: How often.
        limit: Seconds after which a run is ended.
        streams: Digests of what other runs with this seed have sent.
        told: Called whenever a run has ended.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    tasks = [process_pool.Task(repeat, (port, hash_seed, 1 + (hash_seed == number - 1))) for hash_seed in range(number)]
    reports: dict[int, dict[str, Any]] = {}
    trouble: dict[int, str] = {}
    results = process_pool.work(tasks, processes=1, limit=limit)
    with closing(results):
        for index, result in results:
            if isinstance(result, process_pool.Failure):
                trouble[index] = f"{result.reason}: {result.tail.strip()}"
            else:
                reports[index] = result
            told()
    sharded = reports.pop(number - 1, None)
    return compare(
        [reports[index] for index in sorted(reports)],
        trouble=[trouble[index] for index in sorted(trouble)],
        streams=streams,
        sharded=sharded,
    )


def repeat(port: int, hash_seed: int, processes: int = 1) -> dict[str, Any]:
    """Judge a fresh mock at this port in a new interpreter, or in several of them; returns the report.

    Raises:
        RuntimeError: The run has not ended with the verdict that the mock conforms.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRS_")}
    program = ["conformance"] if processes == 1 else ["pytest", "conformance/suite", "-n", str(processes)]
    with tempfile.TemporaryDirectory() as directory, EmbeddedServer(port=port) as mock:
        ended = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", *program, "--target", mock.url, "--report-dir", directory],
            env={**environment, "PYTHONHASHSEED": str(hash_seed)},
            cwd=ROOT,
            check=False,
        )
        if ended.returncode:
            raise RuntimeError(f"exit code {ended.returncode}")
        report: dict[str, Any] = json.loads((Path(directory) / "conformance.json").read_text(encoding="utf-8"))
    return report


def compare(
    reports: Sequence[dict[str, Any]],
    *,
    trouble: Sequence[str] = (),
    streams: Sequence[str] = (),
    sharded: dict[str, Any] | None = None,
) -> Repetition:
    """Compare reports of what should be the same run, one of them possibly made by several processes."""
    every = [*reports, *([sharded] if sharded else [])]
    differences = [
        f"report {number} at {place}"
        for number, other in enumerate(reports[1:], start=2)
        for place in _unlike(_without(TIMES, reports[0]), _without(TIMES, other))
    ]
    if reports and sharded:
        places = _unlike(_without(SHARDED, reports[0]), _without(SHARDED, sharded))
        differences += [f"the report of several processes at {place}" for place in places]
    return Repetition(
        runs=len(every),
        streams=tuple(sorted({*streams, *(str(report["requests_sha256"]) for report in every)})),
        differences=tuple(differences),
        trouble=tuple(trouble),
    )


def _without(names: Sequence[str], report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in names}


def _unlike(one: object, other: object, place: str = "") -> Iterator[str]:
    """Give the places at which two JSON values differ, as JSON pointers."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from _unlike(one[key], other[key], f"{place}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _unlike(left, right, f"{place}/{index}")
    elif one != other:
        yield place or "/"
