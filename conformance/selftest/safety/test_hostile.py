"""No target, whatever it does, makes a run hang, eat the memory, end without a report, or give the token away.

Each sixth target is tried, and all of them if DRS_SELFTEST_HOSTILE is set to `all`, which takes some ten minutes.
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

LIMIT_SECONDS = 60
LIMIT_KIBIBYTES = 300 << 10
SENTENCE = 500
"""Characters that one sentence may have."""

REPORTS = {"badge.json", "conformance.json", "junit.xml", "report.html", "report.sarif", "summary.md"}
MEASURED = Path(__file__).parents[1] / "support" / "measured.py"
TRIED = TARGETS if os.environ.get("DRS_SELFTEST_HOSTILE") == "all" else TARGETS[::6]
CASES = [
    pytest.param(target, profile, id=f"{target.name}-{profile}") for target in TRIED for profile in target.profiles
]


@dataclass(frozen=True)
class Trace:
    """What a run left behind.

    Attributes:
        code: Exit code.
        kibibytes: Peak of its memory.
        out: Standard output.
        err: Standard error.
        files: All files that it left, by their paths.
    """

    code: int
    kibibytes: int
    out: bytes
    err: bytes
    files: dict[str, bytes]

    @property
    def report(self) -> dict[str, Any]:
        """The report as a program reads it."""
        return dict(json.loads(self.files["reports/conformance.json"]))

    @property
    def broken(self) -> set[str]:
        """The requirements that the report has findings of."""
        return {item["id"] for item in self.report["requirements"] if item["findings"]}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Hypothesis knows of Unicode, as an earlier run has left it: it takes long, and much memory, to work out."""
    directory = tmp_path_factory.mktemp("cache")
    prepare = "from hypothesis.internal import charmap; charmap.intervals_from_codec('utf-8')"
    environment = os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(directory / "drs-conform" / "hypothesis")}
    subprocess.run([sys.executable, "-c", prepare], env=environment, check=True)
    return directory


def _run(target: Hostile, profile: str, url: str, token: str, directory: Path, *, cache: Path) -> Trace:
    """Judge a target, from directories that belong to this run alone."""
    places = {name: directory / "own" / name for name in ("reports", "home", "tmp", "cwd")}
    for place in places.values():
        place.mkdir(parents=True)
    kept = without_variables(os.environ, "XDG_", "PYTEST_")
    environment = kept | {
        "DRS_TOKEN": token,
        "DRS_REPORT_DIR": str(places["reports"]),
        "HOME": str(places["home"]),
        "XDG_CACHE_HOME": str(cache),
        "TMPDIR": str(places["tmp"]),
    }
    drs_conform = [sys.executable, "-m", "conformance", "--target", url, "--project-id", PROJECT_ID]
    options = ["--profile", profile, "--timeout", "1", "--budget", "20", *target.arguments]
    measured = [sys.executable, str(MEASURED), str(LIMIT_SECONDS), str(directory / "taken.json")]
    with (directory / "out").open("wb") as out, (directory / "err").open("wb") as err:
        subprocess.run(
            [*measured, *drs_conform, *options], cwd=places["cwd"], env=environment, stdout=out, stderr=err, check=True
        )
    taken = json.loads((directory / "taken.json").read_text(encoding="utf-8"))
    return Trace(
        code=taken["code"],
        kibibytes=taken["kibibytes"],
        out=(directory / "out").read_bytes(),
        err=(directory / "err").read_bytes(),
        files=canaries.contents(directory / "own"),
    )


@pytest.mark.parametrize(("target", "profile"), CASES)
def test_a_run_survives(target: Hostile, profile: str, tmp_path: Path, cache: Path) -> None:
    token = canaries.new()

    with target.open(token) as url:
        trace = _run(target, profile, url, token, tmp_path, cache=cache)

    out, err = trace.out.decode(), trace.err.decode()
    sentence = out.partition("\n")[0]
    assert "Traceback" not in out + err
    assert (trace.code, sentence.partition(":")[0]) == (target.code, _verdict(target.code).value)
    assert [word for word in target.words if word not in sentence] == []
    assert len(sentence) <= SENTENCE
    assert trace.kibibytes < LIMIT_KIBIBYTES
    findings = {f"reports/{render_finding.DIRECTORY}/{name}.json" for name in trace.broken}
    assert set(trace.files) == {f"reports/{name}" for name in REPORTS} | findings
    assert canaries.leaks(token, {"stdout": trace.out, "stderr": trace.err, **trace.files}) == []
    assert [
        name for name, octets in {"stdout": trace.out, "stderr": trace.err, **trace.files}.items() if _steers(octets)
    ] == []
    assert set(target.shows) <= trace.broken
    _check_reports(trace, _verdict(target.code), sentence)


def test_there_is_no_target_that_conforms_and_no_name_twice() -> None:
    assert {target.code for target in TARGETS} == {1, 3, 4}
    assert len({target.name for target in TARGETS}) == len(TARGETS) >= 28


def _check_reports(trace: Trace, verdict: Verdict, sentence: str) -> None:
    """Make sure that each report is whole and tells the same."""
    report = trace.report
    assert report["verdict"] == verdict.value
    assert report["requirements"]
    assert sentence == f"{verdict.value}: {report['reason']}"
    assert ET.fromstring(trace.files["reports/junit.xml"]).tag == "testsuites"  # noqa: S314 - our own
    assert trace.files["reports/report.html"].rstrip().endswith(b"</html>")
    assert json.loads(trace.files["reports/badge.json"])["message"]
    assert verdict.value in trace.files["reports/summary.md"].decode()
    (run,) = json.loads(trace.files["reports/report.sarif"])["runs"]
    assert run["invocations"][0]["exitCodeDescription"] == verdict.value


def _steers(octets: bytes) -> bool:
    """Tell whether a text holds what may steer a terminal."""
    return any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in octets.decode())


def _verdict(code: int) -> Verdict:
    return next(verdict for verdict in Verdict if verdict.exit_code == code)
