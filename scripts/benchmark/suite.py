# ruff: noqa: T201 - prints its result
"""The benchmark of the suite against plain Schemathesis, on the mock.

The first part measures wall-clock time and requests. The contenders take turns on the same mock, and each run is a
process of its own, so that other load on the machine affects all of them equally.

The second part counts the faults of the mock that Schemathesis detects. Each fault has a new mock. Schemathesis detects
a fault if it reports a failure or error that it does not report for the mock without faults, with the same seed.

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
import statistics
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx

from conformance.mock.embedded import EmbeddedServer
from conformance.mock.faults import FAULTS
from conformance.mock.settings import PROJECT_ID, TOKEN, MockSettings
from conformance.spec import openapi
from scripts.benchmark.turns import print_table, take_turns, turn_of_command
from scripts.environment import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyperf

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
SUITE = "drs-conform"
# A command may find something, which is exit code 1.
SHELL = ("sh", "-c", '"$@" || [ $? -eq 1 ]', "sh")


def measure(runs: int, faults: int) -> None:
    """Measure each contender and print the figures.

    Args:
        runs: Number of runs of each contender, at least 1.
        faults: Number of faults to test with Schemathesis, evenly spaced; 0 skips this part.

    Raises:
        CommandError: A contender failed.
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
            # pyperf would take "--profile", "full" as its own.
            SUITE: [_program("drs-conform"), "--target", mock.url, "--profile=full"],
            "Schemathesis as it is": _schemathesis(mock.url),
            "Schemathesis prepared": _schemathesis(mock.url, configuration="prepared.toml"),
        }
        requests: dict[str, list[int]] = {name: [] for name in contenders}

        def turn(name: str) -> pyperf.Benchmark:
            result = _run(contenders[name], mock.url, workspace)
            recorded = httpx.get(f"{mock.url}/_mock/requests", trust_env=False).raise_for_status()
            requests[name].append(len(recorded.json()["requests"]))
            return result

        seconds = take_turns("suite", {name: partial(turn, name) for name in contenders}, runs)
    print_table(f"a run, median of {runs}", seconds, "{:.2f} s".format, [SUITE])
    print_table(
        "requests", {name: statistics.median(found) for name, found in requests.items()}, "{:.0f}".format, [SUITE]
    )
    print(f"{SUITE} {version(SUITE)}; Schemathesis {version('schemathesis')}")


def _detect(workspace: Path, number: int) -> None:
    names = list(FAULTS)
    sample = [names[index * len(names) // number] for index in range(number)]
    baseline = _reported(workspace)
    missed = []
    for count, name in enumerate(sample, start=1):
        print(f"benchmark: fault {count} of {number}, {name}", file=sys.stderr)
        if not _reported(workspace, name) - baseline:
            missed.append(name)
    print(f"\nSchemathesis prepared detects {number - len(missed)} of {number} faults (the mock has {len(names)}).")
    print(f"It reports for the mock without faults: {', '.join(sorted(baseline)) or 'nothing'}.")
    print(f"It misses: {', '.join(missed) or 'none'}.")
    print(f"drs-conform: {_own_rate(sample)}.")


def _reported(workspace: Path, *faults: str) -> set[str]:
    """Run Schemathesis on a new mock; returns the titles of its failures and errors."""
    report = workspace / "schemathesis.json"
    with EmbeddedServer(MockSettings(faults=faults)) as mock:
        command = [*_schemathesis(mock.url, configuration="prepared.toml"), "--report-json-path", str(report)]
        try:
            _run(command, mock.url, workspace)
        except CommandError:
            return {"aborted"}  # a user would notice it
    document = json.loads(report.read_text(encoding="utf-8"))
    return {entry["title"] for kind in ("failures", "errors") for entry in document.get(kind, ())}


def _own_rate(sample: Sequence[str]) -> str:
    """Return how many of these faults the suite detects, according to its published proof."""
    trials = json.loads(PROOF.read_text(encoding="utf-8"))["faults"]
    detected = {trial["name"]: trial["detected"] for trial in trials}
    known = [name for name in sample if name in detected]
    return f"{sum(detected[name] for name in known)} of {len(known)} of these faults, according to {PROOF.name}"


def _schemathesis(url: str, *, configuration: str | None = None) -> list[str]:
    place = ["--config-file", configuration] if configuration else []
    run = ["run", str(openapi.SPEC_PATH), "--url", url, "--header", f"X-Auth-Token: {TOKEN}", "--seed", "1"]
    return [_program("schemathesis"), "--no-color", *place, *run, *(["--continue-on-failure"] if configuration else [])]


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _run(command: Sequence[str], url: str, workspace: Path) -> pyperf.Benchmark:
    """Run a contender on a mock that is in the same state before each run."""
    with httpx.Client(base_url=f"{url}/_mock", trust_env=False) as control:
        control.delete("/batches").raise_for_status()
        control.delete("/requests").raise_for_status()
        for batch_id, status in BATCHES.items():
            control.post("/batches", json={"async_job_id": batch_id, "status": status}).raise_for_status()
    return turn_of_command("--timeout=600", *SHELL, *command, directory=workspace)
