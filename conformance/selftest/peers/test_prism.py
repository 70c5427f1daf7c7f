"""The suite judges Prism, which mocks any API from its OpenAPI document: each thing it finds is explained here.

Prism is built by others from openapi.yaml alone. What the suite holds against it is either Prism's own fault, or a
fault of openapi.yaml or of the suite.
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

STATELESS = "Prism keeps no state: it knows no batches, and answers whatever is well-formed with the first success."
OWN_ERRORS = "Prism answers an unknown method by itself: as application/problem+json, and without Allow."

BROKEN = MappingProxyType(
    {
        "AUTH-002": ("Prism", "It looks whether there is a token, not whether it is a good one."),
        "LIFE-002": ("Prism", STATELESS),
        "LIFE-003": ("Prism", STATELESS),
        "LIFE-004": ("Prism", STATELESS),
        "RES-008": ("Prism", "It answers with an example or with made-up text, never with the ID that was asked for."),
    }
)
"""What Prism breaks however it is run: whose fault it is, and why."""

EXAMPLES = MappingProxyType(
    {
        "RES-004": ("vendor", "Its published example, which Prism repeats, lacks status."),
        "RES-006": ("vendor", "Its published example, which Prism repeats, lacks msg."),
    }
)
"""What Prism breaks as well if it answers with the examples."""

ODD_CALLS = MappingProxyType(
    {
        "GATE-001": ("Prism", OWN_ERRORS),
        "HTTP-002": (
            "Prism",
            "A Content-Type that cannot be parsed ends Prism, and a body that cannot be parsed is never answered.",
        ),
        "HTTP-004": ("Prism", OWN_ERRORS),
    }
)
"""What shows only on calls that are far from the documented ones."""


def judge(url: str, reports: Path, *options: str) -> dict[str, Any]:
    """Run `drs-conform` on a server, with all the batches it can use, and return its report."""
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


def broken(report: dict[str, Any]) -> set[str]:
    return {item["id"] for item in report["requirements"] if item["verdict"] in ("fail", "warn")}


def passed(report: dict[str, Any]) -> set[str]:
    return {item["id"] for item in report["requirements"] if item["verdict"] == "pass"}


def results() -> set[str]:
    return {requirement.id for requirement in catalogue.load() if requirement.prefix == "RES"}


def test_prism_with_examples_breaks_what_it_is_known_to_break(prism_program: Path, tmp_path: Path) -> None:
    # As installed, Prism ends itself in the middle; under this option it leaves some calls unanswered instead.
    with prism.running(prism_program, node_options=("--unhandled-rejections=warn",)) as server:
        report = judge(server.url, tmp_path, "--timeout", "1")
    assert broken(report) == BROKEN.keys() | EXAMPLES.keys() | ODD_CALLS.keys()
    assert passed(report) >= {"AUTH-001", "LIFE-001", "REQ-001", "REQ-002", "HTTP-001", "HTTP-003", "HTTP-005"}


def test_made_up_answers_by_the_schemas_are_accused_of_nothing_but_being_made_up(
    prism_program: Path, tmp_path: Path
) -> None:
    with prism.running(prism_program, "--dynamic", "--seed", "1") as server:
        report = judge(server.url, tmp_path, "--only", "AUTH", "RES", "LIFE")
    assert broken(report) == set(BROKEN)
    assert passed(report) >= results() - {"RES-008"}


def test_a_call_that_ends_prism_is_held_against_it(prism_program: Path, tmp_path: Path) -> None:
    with prism.running(prism_program) as server:
        report = judge(server.url, tmp_path, "--only", "REQ-004", "HTTP-002", "LIFE-002")
        assert server.ended() == 1
        assert "Could not parse MIME type string" in "".join(server.output)
    assert broken(report) == {"LIFE-002", "HTTP-002"}


def test_a_call_that_prism_leaves_unanswered_is_held_against_it(prism_program: Path, tmp_path: Path) -> None:
    with prism.running(prism_program) as server:
        report = judge(server.url, tmp_path, "--timeout", "1", "--only", "REQ-008", "HTTP-002", "LIFE-002")
    assert broken(report) == {"LIFE-002", "HTTP-002"}


def test_the_table_of_the_documentation_is_complete() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    told = {row[0]: (row[1], row[2]) for row in rows if "-0" in row[0]}
    assert told == {**BROKEN, **EXAMPLES, **ODD_CALLS}
