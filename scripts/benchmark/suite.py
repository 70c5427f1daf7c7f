# ruff: noqa: T201 - prints its result
"""The benchmark of the suite against plain Schemathesis, on the mock.

The first part measures wall-clock time and requests. The contenders take turns on the same mock, and each run is a
separate process, so that other load on the machine affects all of them equally.

The second part counts the detected faults of the mock. Each fault has a new mock. Schemathesis detects a fault if it
reports a failure or error that it does not report for the mock without faults, with the same seed.

Schemathesis runs in two configurations:

- *as it is*: the unmodified openapi.yaml, the token, and one ready batch with the ID of the document's example. All its
  phases and checks are on by default. Stateful testing does not apply to a single operation without links.
- *prepared*, with documented options: a valid call may be refused with 400, since most batches cannot be committed; it
  continues after a failure; it knows the project, and every second call has the ID of an existing batch, in any state.
  The second part uses this configuration.

Both work without further options. However, the coverage phase finds no valid value for a header with a pattern, here
Content-Type, and omits its valid calls. The suite narrows the pattern for it; a user of Schemathesis would not.
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

from conformance import interpreter
from conformance.config.options import without_variables
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.faults import FAULTS
from conformance.mock.settings import PROJECT_ID, TOKEN, MockSettings
from conformance.spec import openapi

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["measure"]

PROOF = Path(__file__).parents[2] / "conformance" / "docs" / "proof.json"
EXAMPLE = str(openapi.load().at("/components/parameters/AsyncJobId/example"))
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
    """The measurements of one contender.

    Attributes:
        seconds: Wall-clock time of each run.
        requests: Number of requests of each run, to the API only.
    """

    seconds: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)


def measure(runs: int, faults: int) -> None:
    """Measure each contender and print the figures.

    Args:
        runs: Number of runs of each contender, at least 1.
        faults: Number of faults to test with Schemathesis, evenly spaced; 0 skips this part.
    """
    with TemporaryDirectory() as directory:
        workspace = Path(directory)
        (workspace / "prepared.toml").write_text(CONFIGURATION, encoding="utf-8")
        _compare(workspace, runs)
        if faults:
            _detect(workspace, min(faults, len(FAULTS)))


def _compare(workspace: Path, runs: int) -> None:
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
                _run(command, workspace)
                measured[name].seconds.append(time.monotonic() - started)
                measured[name].requests.append(len(_get(mock.url, "requests")))
    own = statistics.median(measured["drs-conform"].seconds)
    print(f"{'median of ' + str(runs) + ' runs':24} {'seconds':>8} {'ratio':>7} {'requests':>9}")
    for name, result in measured.items():
        seconds = statistics.median(result.seconds)
        print(f"{name:24} {seconds:8.2f} {seconds / own:7.2f} {statistics.median(result.requests):9.0f}")


def _detect(workspace: Path, number: int) -> None:
    names = list(FAULTS)
    sample = [names[index * len(names) // number] for index in range(number)]
    baseline = _reported(workspace)
    missed = []
    for count, name in enumerate(sample, start=1):
        print(f"fault {count} of {number}: {name}", file=sys.stderr)
        if not _reported(workspace, name) - baseline:
            missed.append(name)
    print(f"\nSchemathesis prepared detects {number - len(missed)} of {number} faults (the mock has {len(names)}).")
    print(f"It reports for the mock without faults: {', '.join(sorted(baseline)) or 'nothing'}.")
    print(f"It misses: {', '.join(missed) or 'none'}.")
    print(f"drs-conform: {_own_rate(sample)}.")


def _reported(workspace: Path, *faults: str) -> set[str]:
    """Run Schemathesis on a new mock; returns the titles of its failures and errors."""
    report = workspace / "schemathesis.json"
    report.unlink(missing_ok=True)
    with EmbeddedServer(MockSettings(faults=faults)) as mock:
        _prepare(mock.url)
        _run([*_schemathesis(mock.url, configuration="prepared.toml"), "--report-json-path", str(report)], workspace)
    # Without a report, the run was aborted, which a user would notice.
    document = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"errors": [{"title": "aborted"}]}
    return {entry["title"] for kind in ("failures", "errors") for entry in document.get(kind, ())}


def _own_rate(sample: Sequence[str]) -> str:
    """Return how many of these faults the suite detects, according to its published proof."""
    if not PROOF.exists():
        return f"{PROOF.name} was not found; run make prove to write it"
    trials = json.loads(PROOF.read_text(encoding="utf-8"))["faults"]
    missed = {trial["name"] for trial in trials if not trial["detected"]}
    known = [name for name in sample if name in {trial["name"] for trial in trials}]
    return f"{sum(name not in missed for name in known)} of {len(known)} of these faults, according to {PROOF.name}"


def _suite(url: str) -> list[str]:
    return interpreter.command("conformance", "--target", url, "--profile", "full")


def _schemathesis(url: str, *, configuration: str | None = None) -> list[str]:
    place = ["--config-file", configuration] if configuration else []
    run = ["run", str(openapi.SPEC_PATH), "--url", url, "--header", f"X-Auth-Token: {TOKEN}", "--seed", "1"]
    program = str(Path(sys.executable).with_name("schemathesis"))
    return [program, "--no-color", *place, *run, *(["--continue-on-failure"] if configuration else [])]


def _run(command: Sequence[str], workspace: Path) -> None:
    """Run a contender to its end; its output and exit code are ignored."""
    environment = without_variables(os.environ, "SCHEMATHESIS_")
    subprocess.run(  # noqa: S603 - fixed commands
        command, cwd=workspace, env=environment, capture_output=True, check=False, timeout=600
    )


def _prepare(url: str) -> None:
    """Reset the mock to the same state before each run."""
    with httpx.Client(base_url=f"{url}/_mock", trust_env=False) as control:
        control.delete("/batches").raise_for_status()
        control.delete("/requests").raise_for_status()
        for batch_id, status in BATCHES.items():
            control.post("/batches", json={"async_job_id": batch_id, "status": status}).raise_for_status()


def _get(url: str, name: str) -> list[Any]:
    answer = httpx.get(f"{url}/_mock/{name}", trust_env=False).raise_for_status()
    return list(answer.json()[name])
