"""Tests that no target makes a run hang, use too much memory, end without a report, or disclose the token.

The runs are made in groups, each in one child process, which takes a tenth of the time of a process for each run.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.options import without_variables
from conformance.exchange.verdicts import Verdict
from conformance.mock.settings import PROJECT_ID
from conformance.reports import render_finding
from conformance.selftest.support import canaries
from conformance.selftest.support.hostile import ECHOES, TARGETS, Hostile

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SECONDS = 60
MAX_KIBIBYTES = 300 << 10
MAX_VERDICT_LINE = 500
"""Maximum length of the line with the verdict, in characters."""

REPORTS = {"badge.json", "conformance.json", "junit.xml", "report.html", "report.sarif", "summary.md"}
IN_TURN = Path(__file__).parents[1] / "support" / "in_turn.py"
CASES = [(target, profile) for target in TARGETS for profile in target.profiles]
GROUPS = 12


@dataclass(frozen=True)
class CompletedRun:
    """The results of one run.

    Attributes:
        code: Exit code.
        kibibytes: Peak memory.
        out: Standard output.
        err: Standard error.
        files: Contents of all files that it wrote, by path.
    """

    code: int
    kibibytes: int
    out: bytes
    err: bytes
    files: dict[str, bytes]

    @property
    def places(self) -> dict[str, bytes]:
        """Everything that it has written, by where it is."""
        return {"stdout": self.out, "stderr": self.err, **self.files}

    @property
    def report(self) -> dict[str, Any]:
        """The report in JSON."""
        return dict(json.loads(self.files["reports/conformance.json"]))

    @property
    def violated(self) -> set[str]:
        """The IDs of the requirements with findings."""
        return {item["id"] for item in self.report["requirements"] if item["findings"]}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the Unicode tables of Hypothesis, which take long and much memory to compute."""
    directory = tmp_path_factory.mktemp("cache")
    prepare = "from hypothesis.internal import charmap; charmap.intervals_from_codec('utf-8')"
    environment = os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(directory / "drs-conform" / "hypothesis")}
    subprocess.run([sys.executable, "-c", prepare], env=environment, check=True)
    return directory


def _job(target: Hostile, profile: str, url: str, token: str, directory: Path, *, cache: Path) -> dict[str, Any]:
    """Return a run of the suite on a target, with new directories."""
    directories = {name: directory / "own" / name for name in ("reports", "home", "tmp", "cwd")}
    for new in directories.values():
        new.mkdir(parents=True)
    inherited = without_variables(os.environ, "XDG_", "PYTEST_")
    environment = inherited | {
        "DRS_TOKEN": token,
        "DRS_REPORT_DIR": str(directories["reports"]),
        "HOME": str(directories["home"]),
        "XDG_CACHE_HOME": str(cache),
        "TMPDIR": str(directories["tmp"]),
    }
    limits = ["--timeout", "1", "--budget", "4", "--max-requests", "100"]
    options = ["--profile", profile, *limits, *target.arguments]
    return {
        "arguments": ["--target", url, "--project-id", PROJECT_ID, *options],
        "environment": environment,
        "directory": str(directory),
        "seconds": MAX_SECONDS,
    }


def _runs(jobs: Sequence[dict[str, Any]]) -> list[CompletedRun]:
    """Make the runs in one child process; those after one that took too long are missing."""
    process = subprocess.run(
        [sys.executable, str(IN_TURN)], input=json.dumps(jobs), stdout=subprocess.PIPE, text=True, check=False
    )
    usages = [json.loads(line) for line in process.stdout.splitlines()]
    return [
        CompletedRun(
            code=usage["code"],
            kibibytes=usage["kibibytes"],
            out=(Path(job["directory"]) / "out").read_bytes(),
            err=(Path(job["directory"]) / "err").read_bytes(),
            files=canaries.contents(Path(job["directory"]) / "own"),
        )
        for job, usage in zip(jobs, usages, strict=False)
    ]


@pytest.mark.parametrize("number", range(GROUPS))
def test_a_run_ends_with_complete_reports_without_the_token(number: int, tmp_path: Path, cache: Path) -> None:
    cases = [(target, profile, canaries.new()) for target, profile in CASES[number::GROUPS]]
    with contextlib.ExitStack() as servers:
        jobs = [
            _job(target, profile, servers.enter_context(target.open(token)), token, tmp_path / str(place), cache=cache)
            for place, (target, profile, token) in enumerate(cases)
        ]
        runs = _runs(jobs)

    runs_with_line = Counter(line for run in runs for line in {*b"\n".join(run.places.values()).splitlines()})
    for (target, profile, token), run in zip(cases, runs, strict=False):
        case = f"{target.name}, {profile}"
        _check(run, target, case)
        # Each run has a token of its own, so no line that two of them have shows it.
        own = {
            name: b"\n".join(line for line in octets.splitlines() if runs_with_line[line] == 1)
            for name, octets in run.places.items()
        }
        # Only a target that returns the token may make a report encode it.
        nesting = canaries.MAX_NESTING if target in ECHOES else 0
        assert canaries.leaks(token, own, nesting=nesting) == [], case
    assert [f"{target.name}, {profile}" for target, profile, _ in cases[len(runs) :]] == []


def _check(run: CompletedRun, target: Hostile, case: str) -> None:
    out, err = run.out.decode(), run.err.decode()
    line = out.partition("\n")[0]
    assert "Traceback" not in out + err, case
    assert (run.code, line.partition(":")[0]) == (target.code, _verdict(target.code).value), case
    assert [word for word in target.words if word not in line] == [], case
    assert len(line) <= MAX_VERDICT_LINE, case
    assert run.kibibytes < MAX_KIBIBYTES, case
    findings = {f"reports/{render_finding.DIRECTORY}/{name}.json" for name in run.violated}
    assert set(run.files) == {f"reports/{name}" for name in REPORTS} | findings, case
    assert [name for name, octets in run.places.items() if _has_control_characters(octets)] == [], case
    assert set(target.shows) <= run.violated, case
    _check_reports(run, _verdict(target.code), line)


def test_no_hostile_target_conforms_and_names_are_unique() -> None:
    assert {target.code for target in TARGETS} == {1, 3, 4}
    assert len({target.name for target in TARGETS}) == len(TARGETS) >= 28


def _check_reports(run: CompletedRun, verdict: Verdict, line: str) -> None:
    """Assert that each report is complete and has the same verdict."""
    report = run.report
    assert report["verdict"] == verdict.value
    assert report["requirements"]
    assert line == f"{verdict.value}: {report['reason']}"
    assert ET.fromstring(run.files["reports/junit.xml"]).tag == "testsuites"  # noqa: S314 - our own
    assert run.files["reports/report.html"].rstrip().endswith(b"</html>")
    assert json.loads(run.files["reports/badge.json"])["message"]
    assert verdict.value in run.files["reports/summary.md"].decode()
    (sarif,) = json.loads(run.files["reports/report.sarif"])["runs"]
    assert sarif["invocations"][0]["exitCodeDescription"] == verdict.value


def _has_control_characters(octets: bytes) -> bool:
    """Return whether a text has control characters, which a terminal might obey."""
    return re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", octets.decode()) is not None


def _verdict(code: int) -> Verdict:
    return next(verdict for verdict in Verdict if verdict.exit_code == code)
