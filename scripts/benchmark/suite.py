# ruff: noqa: T201 - it prints its result
"""The suite beside stock Schemathesis, on the mock.

First part: wall-clock time and requests. The contenders take turns on one and the same mock, each run a process of its
own, so that whatever else the machine does hits all of them alike.

Second part: how many of the mock's faults are noticed. Each fault gets a mock of its own. Schemathesis has noticed a
fault if it reports any failure or error that it does not report on the sound mock, under the same seed.

What Schemathesis is given:

- *as it is*: openapi.yaml as it stands, the token, and one validated batch under the ID of the document's example.
  All its phases and checks are on by default; there is no stateful testing of one operation without links.
- *prepared*, by its documented options: that a valid call may be refused with 400, since most batches may not be
  committed; that it goes on after a failure; the project, and for every other call the ID of a batch in one of all
  states. This is its chance in the second part.

It needs no option to work with the document. Its coverage phase finds no valid value for a header with a pattern, here
Content-Type, though, and leaves its valid calls out; the suite narrows the pattern for it, a user of it would not.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx

from conformance import specification
from conformance.server.embedded import EmbeddedServer
from conformance.server.faults import FAULTS
from conformance.server.settings import PROJECT_ID, TOKEN, MockSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["measure"]

PROOF = Path(__file__).parents[2] / "conformance" / "docs" / "proof.json"
EXAMPLE = str(specification.load().at("/components/parameters/AsyncJobId/example"))
READY = "AUTO_PARAM_VALIDATE_SUCCESS"
BATCHES = {
    EXAMPLE: READY,
    **{f"validated-{number}": READY for number in range(20)},
    "being-checked": "ASYNC_JOB_VALIDATING",
    "failed-its-check": "ASYNC_JOB_VALIDATE_FAILED",
    "committed": "COMMIT_SUCCESS",
}
CONFIGURATION = f"""\
[parameters]
"path.project_id" = "{PROJECT_ID}"
"path.async_job_id" = {{ dictionary = "batches", probability = 0.5 }}

[dictionaries.batches]
values = {json.dumps(list(BATCHES))}

[checks.positive_data_acceptance]
expected-statuses = [200, 400]
"""


@dataclass
class Measured:
    """What the runs of one contender took.

    Attributes:
        seconds: Wall-clock time of each run.
        requests: Requests of each run, to the API alone.
    """

    seconds: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)


def measure(runs: int, faults: int) -> None:
    """Measure each contender and print the figures.

    Args:
        runs: Runs of each contender, 1 or more.
        faults: How many faults, evenly spaced over all, to hold before Schemathesis; 0 for none, at most all.
    """
    with TemporaryDirectory() as directory:
        workplace = Path(directory)
        (workplace / "prepared.toml").write_text(CONFIGURATION, encoding="utf-8")
        _compare(workplace, runs)
        if faults:
            _detect(workplace, min(faults, len(FAULTS)))


def _compare(workplace: Path, runs: int) -> None:
    with EmbeddedServer() as mock:
        contenders = {
            "drs-conform": _suite(mock.url),
            "Schemathesis as it is": _schemathesis(mock.url),
            "Schemathesis prepared": _schemathesis(mock.url, configuration="prepared.toml"),
        }
        measured = {name: Measured() for name in contenders}
        for number in range(runs):
            print(f"run {number + 1} of {runs}", file=sys.stderr)
            for name, command in contenders.items():
                _prepare(mock.url)
                started = time.monotonic()
                _run(command, workplace)
                measured[name].seconds.append(time.monotonic() - started)
                measured[name].requests.append(len(_get(mock.url, "requests")))
    own = statistics.median(measured["drs-conform"].seconds)
    print(f"{'median of ' + str(runs) + ' runs':24} {'seconds':>8} {'ratio':>7} {'requests':>9}")
    for name, result in measured.items():
        seconds = statistics.median(result.seconds)
        print(f"{name:24} {seconds:8.2f} {seconds / own:7.2f} {statistics.median(result.requests):9.0f}")


def _detect(workplace: Path, number: int) -> None:
    names = list(FAULTS)
    sample = [names[index * len(names) // number] for index in range(number)]
    sound = _complaints(workplace)
    missed = []
    for count, name in enumerate(sample, start=1):
        print(f"fault {count} of {number}: {name}", file=sys.stderr)
        if not _complaints(workplace, name) - sound:
            missed.append(name)
    print(f"\nSchemathesis prepared notices {number - len(missed)} of {number} faults, of {len(names)} that there are.")
    print(f"It complains of the sound mock: {', '.join(sorted(sound)) or 'nothing'}.")
    print(f"It misses: {', '.join(missed) or 'none'}.")
    print(f"drs-conform: {_own_rate(sample)}.")


def _complaints(workplace: Path, *faults: str) -> set[str]:
    """Run Schemathesis on a fresh mock; returns the titles of its failures and errors."""
    report = workplace / "schemathesis.json"
    report.unlink(missing_ok=True)
    with EmbeddedServer(MockSettings(faults=faults)) as mock:
        _prepare(mock.url)
        _run([*_schemathesis(mock.url, configuration="prepared.toml"), "--report-json-path", str(report)], workplace)
    # Without a report it has not got through the run, which it would not hide from its user.
    document = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"errors": [{"title": "aborted"}]}
    return {entry["title"] for kind in ("failures", "errors") for entry in document.get(kind, ())}


def _own_rate(sample: Sequence[str]) -> str:
    """Say, from the proof of the suite, how many of these faults the suite itself reports."""
    if not PROOF.exists():
        return "no proof at hand; `make prove` makes it"
    trials = json.loads(PROOF.read_text(encoding="utf-8"))["faults"]
    missed = {trial["name"] for trial in trials if not trial["detected"]}
    known = [name for name in sample if name in {trial["name"] for trial in trials}]
    return f"{sum(name not in missed for name in known)} of {len(known)} of them, by {PROOF.name}"


def _suite(url: str) -> list[str]:
    return [sys.executable, "-m", "conformance", "--target", url, "--profile", "full"]


def _schemathesis(url: str, *, configuration: str | None = None) -> list[str]:
    place = ["--config-file", configuration] if configuration else []
    run = ["run", str(specification.SPEC_PATH), "--url", url, "--header", f"X-Auth-Token: {TOKEN}", "--seed", "1"]
    program = str(Path(sys.executable).with_name("schemathesis"))
    return [program, "--no-color", *place, *run, *(["--continue-on-failure"] if configuration else [])]


def _run(command: Sequence[str], workplace: Path) -> None:
    """Run a contender to its end, whatever its verdict; what it says and leaves behind is of no interest."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DRS_", "SCHEMATHESIS_"))}
    subprocess.run(  # noqa: S603 - our own commands
        command, cwd=workplace, env=environment, capture_output=True, check=False, timeout=600
    )


def _prepare(url: str) -> None:
    """Bring the mock into the same state before each run."""
    with httpx.Client(base_url=f"{url}/_mock", trust_env=False) as control:
        control.delete("/batches").raise_for_status()
        control.delete("/requests").raise_for_status()
        for batch_id, status in BATCHES.items():
            control.post("/batches", json={"async_job_id": batch_id, "status": status}).raise_for_status()


def _get(url: str, name: str) -> list[Any]:
    answer = httpx.get(f"{url}/_mock/{name}", trust_env=False).raise_for_status()
    return list(answer.json()[name])
