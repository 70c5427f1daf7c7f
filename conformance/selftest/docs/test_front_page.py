"""The examples of README.md are what the programs do, and its figures are right."""

from __future__ import annotations

import re
import runpy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.mock.faults import FAULTS
from conformance.mock.settings import MockSettings
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.direct import connecting
from conformance.proof.runs import JUDGED, account
from conformance.reports import text
from conformance.spec import catalogue
from conformance.spec.catalogue import Level

if TYPE_CHECKING:
    import pytest

    from conformance.reports.model import Report

README = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")
COMMITTED = {"job": {"async_job_id": "b1", "status": "COMMIT_SUCCESS"}}


def test_the_example_of_the_client_commits_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [example] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    program = tmp_path / "example.py"
    program.write_text(example, encoding="utf-8")
    requests: list[httpx.Request] = []

    def respond(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=COMMITTED)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", respond)
    given = {"project_id": "p", "async_job_id": "b1", "ak": "AK", "sk": "SK"}

    done = runpy.run_path(str(program), init_globals=given)

    assert done["job"].to_dict() == COMMITTED["job"]
    [request] = requests
    assert str(request.url) == "https://drs.cn-north-4.myhuaweicloud.com/v5/p/batch-async-jobs/b1/commit"
    assert request.headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=AK, ")


def judged(*faults: str) -> Report:
    """Judge a mock with these faults as the full profile does."""
    connect = partial(connecting, MockSettings(faults=faults))
    with Run(Settings(profile="full"), catalogue.load(), connect=connect) as run:
        steps = [*run.events()]
    assert steps
    return run.report()


def figures(pattern: str) -> list[int]:
    [found] = re.findall(pattern, README)
    return [int(number) for number in (found if isinstance(found, tuple) else (found,))]


def test_the_run_on_the_mock_is_that_of_the_example() -> None:
    report = judged()

    assert report.reason in README
    assert figures(r"\(the built-in mock\), (\d+) requests") == [report.requests]
    assert figures(r"\[1/(\d+)\] (?=\S+: \d+ requests)") == [len(Run(Settings(), catalogue.load()).steps)]


def test_the_finding_is_that_of_the_example() -> None:
    [example] = re.findall(r"```text\n(ERR-003 .*?)```", README, re.DOTALL)
    report = judged("error-code-11")
    [requirement] = (each for each in report.requirements if each.id == "ERR-003")
    shown = text.finding(requirement)

    # What stands for something else is elided, and so is what depends on the target.
    lines = [line.partition("...")[0].strip() for line in example.splitlines()]
    compared = [line for line in lines if line and not line.startswith(("reproduce", "curl", "^"))]
    assert len(compared) > 8
    assert [line for line in compared if line not in shown] == []


def exercised(ready: int, directory: Path) -> set[str]:
    """Return the requirements that a run exercises with so many ready batches named, and all else that a user has."""
    values = {**account(), "ready_job": account()["ready_job"][:ready], "ledger": str(directory)}
    connect = partial(connecting, MockSettings(control=False))
    with Run(Settings.read(values), catalogue.load(), connect=connect) as run:
        for _ in run.events():
            pass
    return {requirement.id for requirement in run.report().requirements if requirement.verdict in JUDGED}


def test_the_numbers_of_batches_are_right(tmp_path: Path) -> None:
    [(for_each_must, for_all)] = re.findall(r"(\w+) batches exercise every MUST, .* (\d+) exercise every req", README)
    everything = {requirement.id for requirement in catalogue.load()}
    musts = {requirement.id for requirement in catalogue.load() if requirement.level is Level.MUST}

    assert for_each_must == "Fourteen"
    assert musts <= exercised(14, tmp_path / "14")
    assert not musts <= exercised(13, tmp_path / "13")
    assert exercised(int(for_all), tmp_path / "all") == everything
    assert exercised(int(for_all) - 1, tmp_path / "fewer") < everything


def test_the_figures_of_the_proof_are_right() -> None:
    assert figures(r"There are (\d+) faults") == [len(FAULTS)]
    assert figures(r"on each of (\d+) conforming servers") == [len(CONFORMING_SERVERS)]
