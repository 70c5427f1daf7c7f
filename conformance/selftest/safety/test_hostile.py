"""Tests that no target makes a run hang, use too much memory, end without a report, or disclose the token.

Every sixth hostile target is run; all of them if DRS_SELFTEST_HOSTILE is `all`, which takes about ten minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.config.options import without_variables
from conformance.exchange.verdicts import Verdict
from conformance.mock.settings import PROJECT_ID
from conformance.reports import render_finding
from conformance.selftest.support import canaries
from conformance.selftest.support.hostile import TARGETS, Hostile

MAX_SECONDS = 60
MAX_KIBIBYTES = 300 << 10
MAX_VERDICT_LINE = 500
"""Maximum length of the line with the verdict, in characters."""

REPORTS = {"badge.json", "conformance.json", "junit.xml", "report.html", "report.sarif", "summary.md"}
MEASURE = Path(__file__).parents[1] / "support" / "measured.py"
SELECTED = TARGETS if os.environ.get("DRS_SELFTEST_HOSTILE") == "all" else TARGETS[::6]
CASES = [
    pytest.param(target, profile, id=f"{target.name}-{profile}") for target in SELECTED for profile in target.profiles
]


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


def _run(target: Hostile, profile: str, url: str, token: str, directory: Path, *, cache: Path) -> CompletedRun:
    """Run the suite on a target, with new directories."""
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
    drs_conform = [sys.executable, "-m", "conformance", "--target", url, "--project-id", PROJECT_ID]
    options = ["--profile", profile, "--timeout", "1", "--budget", "8", *target.arguments]
    measure = [sys.executable, str(MEASURE), str(MAX_SECONDS), str(directory / "usage.json")]
    with (directory / "out").open("wb") as out, (directory / "err").open("wb") as err:
        subprocess.run(
            [*measure, *drs_conform, *options],
            cwd=directories["cwd"],
            env=environment,
            stdout=out,
            stderr=err,
            check=True,
        )
    usage = json.loads((directory / "usage.json").read_text(encoding="utf-8"))
    return CompletedRun(
        code=usage["code"],
        kibibytes=usage["kibibytes"],
        out=(directory / "out").read_bytes(),
        err=(directory / "err").read_bytes(),
        files=canaries.contents(directory / "own"),
    )


@pytest.mark.parametrize(("target", "profile"), CASES)
def test_a_run_ends_with_complete_reports_without_the_token(
    target: Hostile, profile: str, tmp_path: Path, cache: Path
) -> None:
    token = canaries.new()

    with target.open(token) as url:
        run = _run(target, profile, url, token, tmp_path, cache=cache)

    out, err = run.out.decode(), run.err.decode()
    line = out.partition("\n")[0]
    assert "Traceback" not in out + err
    assert (run.code, line.partition(":")[0]) == (target.code, _verdict(target.code).value)
    assert [word for word in target.words if word not in line] == []
    assert len(line) <= MAX_VERDICT_LINE
    assert run.kibibytes < MAX_KIBIBYTES
    findings = {f"reports/{render_finding.DIRECTORY}/{name}.json" for name in run.violated}
    assert set(run.files) == {f"reports/{name}" for name in REPORTS} | findings
    assert canaries.leaks(token, {"stdout": run.out, "stderr": run.err, **run.files}) == []
    assert [
        name
        for name, octets in {"stdout": run.out, "stderr": run.err, **run.files}.items()
        if _has_control_characters(octets)
    ] == []
    assert set(target.shows) <= run.violated
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
    return any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in octets.decode())


def _verdict(code: int) -> Verdict:
    return next(verdict for verdict in Verdict if verdict.exit_code == code)
