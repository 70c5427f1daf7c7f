"""Tests that the suite finds exactly the known violations of Prism, which mocks any API from its OpenAPI document.

Prism is independent of this project and reads only openapi.yaml. So each violation is a fault of Prism, of openapi.yaml
or of the suite.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conformance.config.options import without_variables
from conformance.mock.settings import MockSettings
from conformance.selftest.support.peers import prism
from conformance.spec import catalogue

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "peers.md"

STATELESS = "Prism does not store batches; it answers every well-formed request with the first success."
OWN_ERRORS = "Prism answers an unknown method itself, with application/problem+json and without Allow."

ALWAYS = MappingProxyType(
    {
        "AUTH-002": ("Prism", "Prism checks that there is a token, but not its value."),
        "LIFE-002": ("Prism", STATELESS),
        "LIFE-003": ("Prism", STATELESS),
        "LIFE-004": ("Prism", STATELESS),
    }
)
"""The requirements that Prism violates with any options, the cause and the reason."""

WITH_EXAMPLES = MappingProxyType(
    {
        "GATE-007": ("Prism", "Prism repeats the request_id of the example."),
        "REQ-005": ("Prism", "Prism knows a media type in small letters alone."),
    }
)
"""The requirements that Prism also violates if it answers with the examples."""

ODD_REQUESTS = MappingProxyType(
    {
        "GATE-001": ("Prism", OWN_ERRORS),
        "HTTP-002": (
            "Prism",
            "Prism crashes on a malformed Content-Type, and does not answer a malformed body.",
        ),
        "HTTP-004": ("Prism", OWN_ERRORS),
        "MSG-005": ("Prism", "Prism answers a call without a token with a 401 without WWW-Authenticate."),
    }
)
"""The requirements that Prism violates only on requests that differ from the documented ones."""


def judge(url: str, reports: Path, *options: str) -> dict[str, Any]:
    """Run `drs-conform` on a server, with batches in all states, and return its report."""
    batches = [option for index in range(30) for option in ("--ready-job", f"ready-{index}")]
    batches += ["--validating-job", "validating", "--failed-job", "failed", "--committed-job", "committed"]
    foreign = ["--foreign-project-id", MockSettings().foreign_project_id]
    command = [sys.executable, "-m", "conformance", "--target", url, "--report-dir", str(reports)]
    environment = without_variables(os.environ, "PYTEST_")
    done = subprocess.run(
        [*command, *batches, *foreign, *options],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=reports,
        env=environment,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    report: dict[str, Any] = json.loads((reports / "conformance.json").read_text(encoding="utf-8"))
    return report


def violated(report: dict[str, Any]) -> set[str]:
    return {item["id"] for item in report["requirements"] if item["verdict"] in ("fail", "warn")}


def passed(report: dict[str, Any]) -> set[str]:
    return {item["id"] for item in report["requirements"] if item["verdict"] == "pass"}


def result_requirements() -> set[str]:
    return {requirement.id for requirement in catalogue.load() if requirement.prefix == "RES"}


def test_prism_with_examples_has_exactly_the_known_violations(prism_program: Path, tmp_path: Path) -> None:
    # Without this option Prism crashes; with it, some requests are not answered.
    with prism.running(prism_program, node_options=("--unhandled-rejections=warn",)) as server:
        report = judge(server.url, tmp_path, "--timeout", "1")
    assert violated(report) == ALWAYS.keys() | WITH_EXAMPLES.keys() | ODD_REQUESTS.keys()
    assert passed(report) >= {"AUTH-001", "LIFE-001", "REQ-001", "REQ-002", "HTTP-001", "HTTP-003", "HTTP-005"}


def test_answers_generated_from_the_schemas_do_not_violate_the_schemas(prism_program: Path, tmp_path: Path) -> None:
    with prism.running(prism_program, "--dynamic", "--seed", "1") as server:
        report = judge(server.url, tmp_path, "--only", "AUTH", "RES", "LIFE")
    assert violated(report) == set(ALWAYS)
    assert passed(report) >= result_requirements()


def test_a_request_that_crashes_prism_is_a_violation(prism_program: Path, tmp_path: Path) -> None:
    with prism.running(prism_program) as server:
        report = judge(server.url, tmp_path, "--only", "REQ-004", "HTTP-002", "LIFE-002")
        assert server.ended() == 1
        assert "Could not parse MIME type string" in "".join(server.output)
    assert violated(report) == {"LIFE-002", "HTTP-002"}


def test_a_request_that_prism_does_not_answer_is_a_violation(prism_program: Path, tmp_path: Path) -> None:
    with prism.running(prism_program) as server:
        report = judge(server.url, tmp_path, "--timeout", "1", "--only", "REQ-008", "HTTP-002", "LIFE-002")
    assert violated(report) == {"LIFE-002", "HTTP-002"}


def test_the_table_of_the_documentation_is_complete() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    documented = {row[0]: (row[1], row[2]) for row in rows if "-0" in row[0]}
    assert documented == {**ALWAYS, **WITH_EXAMPLES, **ODD_REQUESTS}
