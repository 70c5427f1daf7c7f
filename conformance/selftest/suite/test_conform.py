"""Whole runs: the verdict, the exit code, the reports, and that the same seed does the same."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from conformance import catalogue
from conformance.selftest.suite.servers import answering, raw
from conformance.server.embedded import EmbeddedServer
from conformance.server.settings import FOREIGN_PROJECT_ID, MockSettings

if TYPE_CHECKING:
    from conformance.selftest.suite.conftest import CommandLine, Outcome

SUITE = Path(__file__).parents[2] / "suite"
REFUSAL = b'{"error_code": "DRS.10000001", "error_msg": "Failed."}'
GATEWAY = b'{"error_code": "APIGW.0301", "error_msg": "no", "request_id": "1"}'
FILES = ("badge.json", "conformance.json", "junit.xml", "report.html", "summary.md")


def _sent(url: str) -> list[dict[str, Any]]:
    record = httpx.get(f"{url}/_mock/requests", trust_env=False).json()["requests"]
    return [{key: entry[key] for key in ("method", "target", "headers")} for entry in record]


def _without_times(outcome: Outcome) -> dict[str, Any]:
    report = outcome.report
    for key in ("started", "seconds", "target", "command"):
        del report[key]
    return report


def test_the_built_in_mock_conforms(drs_conform: CommandLine) -> None:
    outcome = drs_conform()

    assert outcome.code == 0
    assert outcome.out.startswith("conforms: ")
    assert outcome.report["verdict"] == "conforms"
    assert {item["verdict"] for item in outcome.report["requirements"]} == {"pass"}
    assert sorted(path.name for path in outcome.directory.iterdir()) == sorted(FILES)


def test_output_off_a_terminal_is_plain(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", "ERR")

    assert "\x1b" not in outcome.out + outcome.err


def test_one_seed_sends_the_same_requests_and_gets_the_same_report(drs_conform: CommandLine) -> None:
    runs = []
    for variables in ({"PYTHONHASHSEED": "1", "CI": ""}, {"PYTHONHASHSEED": "2", "CI": "true"}):
        with EmbeddedServer() as mock:
            outcome = drs_conform("--target", mock.url, "--seed", "7", **variables)
            runs.append((json.dumps(_sent(mock.url)).replace(mock.url[7:], "host"), _without_times(outcome)))

    assert runs[0] == runs[1]


def test_another_seed_sends_other_requests(drs_conform: CommandLine) -> None:
    targets = []
    for seed in ("1", "2"):
        with EmbeddedServer() as mock:
            drs_conform("--target", mock.url, "--seed", seed, "--only", "LIFE-002")
            targets.append([entry["target"] for entry in _sent(mock.url)])

    assert targets[0] != targets[1]


def test_a_mock_that_was_judged_before_conforms_again(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        codes = [drs_conform("--target", mock.url, "--only", "LIFE").code for _ in range(2)]

    assert codes == [0, 0]


@pytest.mark.parametrize("requirement", [item.id for item in catalogue.load()])
def test_only_one_requirement_is_judged_with_the_requests_that_it_needs(
    requirement: str, drs_conform: CommandLine
) -> None:
    outcome = drs_conform("--only", requirement)

    assert outcome.code == 0
    assert [item["id"] for item in outcome.report["requirements"]] == [requirement]
    assert outcome.requirement(requirement)["exercised"] > 0
    assert outcome.report["requests"] < 50


def test_plain_pytest_takes_the_same_options(tmp_path: Path) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        process = subprocess.run(  # noqa: S603 - our own program
            [
                sys.executable,
                "-m",
                "pytest",
                str(SUITE),
                "--target",
                mock.url,
                "--only",
                "ERR",
                "--report-dir",
                tmp_path,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert process.returncode == 1
    assert "test_requirement[ERR-003]" in process.stdout
    assert (tmp_path / "conformance.json").exists()


def test_safe_names_no_batch_that_could_be_committed(drs_conform: CommandLine) -> None:
    with EmbeddedServer() as mock:
        [batch] = _created(mock.url, "AUTO_PARAM_VALIDATE_SUCCESS", 1)
        outcome = drs_conform("--target", mock.url, "--profile", "safe", "--ready-job", batch, "--failed-job", batch)
        statuses = [entry["status"] for entry in httpx.get(f"{mock.url}/_mock/requests").json()["requests"]]
        targets = [entry["target"] for entry in _sent(mock.url)]

    assert outcome.code == 0
    assert len(statuses) > 100
    assert 200 not in statuses
    assert not any(batch in target for target in targets)
    assert outcome.requirement("LIFE-001")["verdict"] == "skipped"


def test_without_batches_a_full_run_is_inconclusive(drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(control=False)) as mock:
        outcome = drs_conform("--target", mock.url)

    assert outcome.code == 3
    assert "--ready-job" in outcome.out.splitlines()[0]
    assert outcome.broken == set()


def test_each_batch_that_was_named_is_committed_once(drs_conform: CommandLine, tmp_path: Path) -> None:
    """On a server whose batches the user names, as on the real one."""
    database = tmp_path / "batches.db"
    with EmbeddedServer(MockSettings(database=database)) as mock:
        ids = {
            status: _created(mock.url, status, count)
            for status, count in {
                "AUTO_PARAM_VALIDATE_SUCCESS": 8,
                "ASYNC_JOB_VALIDATING": 1,
                "ASYNC_JOB_VALIDATE_FAILED": 1,
                "COMMIT_SUCCESS": 1,
            }.items()
        }
    ready, *others = (",".join(batches) for batches in ids.values())
    names = ("DRS_VALIDATING_JOBS", "DRS_FAILED_JOBS", "DRS_COMMITTED_JOBS")
    variables = {
        "DRS_READY_JOBS": ready,
        "DRS_FOREIGN_PROJECT_ID": FOREIGN_PROJECT_ID,
        **dict(zip(names, others, strict=True)),
    }

    with EmbeddedServer(MockSettings(database=database, control=False)) as bare:
        outcome = drs_conform("--target", bare.url, **variables)

    with EmbeddedServer(MockSettings(database=database)) as mock:
        batches = httpx.get(f"{mock.url}/_mock/batches", trust_env=False).json()["batches"]
    committed = {batch["async_job_id"] for batch in batches if batch["status"] == "COMMIT_SUCCESS"}
    assert outcome.code == 0
    assert {item["verdict"] for item in outcome.report["requirements"]} == {"pass"}
    # One is what refusals are tried on, all of which this server gets right.
    assert len(committed & {*ids["AUTO_PARAM_VALIDATE_SUCCESS"]}) == 7
    assert {batch["async_job_id"] for batch in batches} == {batch for created in ids.values() for batch in created}


def _created(url: str, status: str, count: int) -> list[str]:
    answer = httpx.post(f"{url}/_mock/batches", json={"status": status, "count": count}, trust_env=False)
    return [batch["async_job_id"] for batch in answer.raise_for_status().json()["batches"]]


VERDICTS = {
    "token refused": (401, GATEWAY, 3, "credentials"),
    "project refused": (403, GATEWAY, 3, "credentials"),
    "not published": (404, GATEWAY, 3, "not published"),
    "throttled": (429, GATEWAY, 3, "come again later"),
    "always a server error": (500, GATEWAY, 1, "REQ-001"),
    "always another status": (418, GATEWAY, 1, "REQ-001"),
    "always the same refusal": (400, REFUSAL, 1, "LIFE-001"),
    "always accepted": (200, b'{"job": {"async_job_id": "1", "status": "s", "msg": "m"}}', 1, "LIFE-002"),
    "a page instead of an API": (200, b"<html>", 1, "RES-001"),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_a_server_that_is_no_drs_never_conforms(case: str, drs_conform: CommandLine) -> None:
    status, body, code, named = VERDICTS[case]

    with answering(status, body, {"Retry-After": "0"}) as url:
        outcome = drs_conform("--target", url, "--ready-job", "r1", "--ready-job", "r2")

    assert outcome.code == code
    assert named in outcome.out.splitlines()[0]


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_server_that_does_not_speak_http_is_unreachable(answer: bytes, drs_conform: CommandLine) -> None:
    with raw(answer) as url:
        outcome = drs_conform("--target", url, "--timeout", "2")

    assert outcome.code == 4


def test_a_server_that_never_answers_is_given_up(drs_conform: CommandLine) -> None:
    with raw(b"", close=False) as url:
        outcome = drs_conform("--target", url, "--timeout", "0.2")

    assert outcome.code == 4
    assert "no complete answer within 0.2 s" in outcome.out


def test_caps_end_a_run_as_inconclusive(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--max-requests", "10")

    assert outcome.code == 3
    assert outcome.report["requests"] == 10
    assert "--max-requests 10 is used up" in outcome.out.splitlines()[0]


def test_an_interrupted_run_leaves_a_report(drs_conform: CommandLine) -> None:
    with subprocess.Popen(  # noqa: S603 - our own program
        drs_conform.arguments("--rate", "20"),
        env=drs_conform.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out.startswith("interrupted: ")
    assert "Traceback" not in err


def test_a_token_that_the_server_echoes_stands_in_no_report(drs_conform: CommandLine) -> None:
    token = "canary-5f1d7c0e9b"
    with answering(400, f'{{"error_code": "DRS.10000001", "error_msg": "{token}"}}'.encode()) as url:
        outcome = drs_conform("--target", url, DRS_TOKEN=token)

    files = [path.read_bytes() for path in outcome.directory.iterdir()]
    assert outcome.requirement("HTTP-005")["verdict"] == "warn"
    assert not any(token.encode() in content for content in [*files, outcome.out.encode(), outcome.err.encode()])


def _deviation(requirement: str, expires: dt.date) -> str:
    return f"- {{requirement: {requirement}, reason: as agreed, link: 'https://example.com/1', expires: {expires}}}\n"


DEVIATIONS = {
    "accepted": ("ERR-003", 30, 0, "deviates"),
    "expired": ("ERR-003", -1, 1, "expired on"),
    "deviates no longer": ("ERR-005", 30, 1, "deviates no longer"),
}


@pytest.mark.parametrize("case", DEVIATIONS)
def test_known_deviations_are_accepted_until_they_are_out_of_date(
    case: str, drs_conform: CommandLine, tmp_path: Path
) -> None:
    requirement, days, code, state = DEVIATIONS[case]
    expires = dt.datetime.now(dt.timezone.utc).date() + dt.timedelta(days=days)
    file = tmp_path / "known.yaml"
    file.write_text(_deviation(requirement, expires), encoding="utf-8")

    with EmbeddedServer(MockSettings(faults=("error-code-11",) if requirement == "ERR-003" else ())) as mock:
        outcome = drs_conform("--target", mock.url, "--known-deviations", str(file))

    assert outcome.code == code
    assert outcome.report["known_deviations"][0]["state"].startswith(state)


def test_a_failing_run_prints_the_entry_to_paste(drs_conform: CommandLine) -> None:
    with EmbeddedServer(MockSettings(faults=("error-code-11",))) as mock:
        outcome = drs_conform("--target", mock.url, "--only", "ERR")

    assert "- requirement: ERR-003" in outcome.out


def test_a_server_that_answers_with_the_published_example_conforms(drs_conform: CommandLine) -> None:
    """The example has neither status nor msg, and another ID than the request: recommendations, not requirements."""
    with EmbeddedServer(MockSettings(faults=("job-status-missing", "job-msg-missing", "job-id-other"))) as mock:
        outcome = drs_conform("--target", mock.url)

    assert outcome.code == 0
    assert outcome.broken == {"RES-004", "RES-006", "RES-008"}


def test_a_server_that_dies_half_way_is_said_to(drs_conform: CommandLine) -> None:
    with (
        EmbeddedServer() as mock,
        subprocess.Popen(  # noqa: S603 - our own program
            drs_conform.arguments("--target", mock.url, "--rate", "50"),
            env=drs_conform.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        process.stderr.readline()
        mock.__exit__(None, None, None)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 4
    assert out.startswith("unreachable: the target is gone since request ")


def test_a_suite_that_cannot_be_loaded_is_its_own_fault(drs_conform: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.py").write_text("raise RuntimeError('broken')", encoding="utf-8")

    outcome = drs_conform(PYTHONPATH=str(tmp_path))

    assert outcome.code == 70
    assert "cannot be loaded" in outcome.err


def test_an_empty_variable_is_no_target(drs_conform: CommandLine) -> None:
    outcome = drs_conform(DRS_TARGET="")

    assert outcome.code == 2
    assert "DRS_TARGET" in outcome.err


def test_options_of_other_test_runs_are_not_listened_to(drs_conform: CommandLine) -> None:
    outcome = drs_conform("--only", "ERR", PYTEST_ADDOPTS="--collect-only")

    assert outcome.code == 0
    assert outcome.report["requests"] > 0


def test_a_redirect_is_no_verdict_and_is_not_followed(drs_conform: CommandLine) -> None:
    with answering(302, b"", {"Location": "mailto:nobody@example.com"}) as url:
        outcome = drs_conform("--target", url)

    assert outcome.code == 3
    assert "mailto:nobody@example.com" in outcome.out.splitlines()[0]


def test_a_mock_that_describes_itself_badly_is_a_server_like_any_other(drs_conform: CommandLine) -> None:
    with answering(200, b'{"mock": "drs", "token": 1}') as url:
        outcome = drs_conform("--target", url, "--only", "LIFE-002")

    assert outcome.code == 1


def test_a_server_that_lets_everybody_in_does_not_conform_in_the_profile_safe(drs_conform: CommandLine) -> None:
    """It refuses what the profile safe sends, but as unknown batches."""
    with EmbeddedServer(MockSettings(faults=("no-authentication",))) as mock:
        outcome = drs_conform("--target", mock.url, "--profile", "safe")

    assert outcome.code == 3
    assert "AUTH-001" in outcome.out.splitlines()[0]


def test_a_terminated_run_leaves_a_report_of_its_own(drs_conform: CommandLine) -> None:
    drs_conform("--only", "ERR")
    with subprocess.Popen(  # noqa: S603 - our own program
        drs_conform.arguments("--rate", "20"),
        env=drs_conform.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.terminate()
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert out.startswith("interrupted: ")


def test_an_accepted_deviation_hides_no_other_breach(drs_conform: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(_deviation("AUTH-001", dt.date(2999, 1, 1)), encoding="utf-8")

    with EmbeddedServer(MockSettings(faults=("no-authentication",))) as mock:
        outcome = drs_conform("--target", mock.url, "--known-deviations", str(file))

    assert outcome.code == 1
    assert "AUTH-002" in outcome.out.splitlines()[0]
    assert outcome.requirement("AUTH-001")["verdict"] == "warn"
