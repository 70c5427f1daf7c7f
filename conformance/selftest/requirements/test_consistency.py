"""Scenarios, oracles and requirements that contradict each other are an error when the package is loaded."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance import requirements
from conformance.errors import CatalogueError, SuiteError
from conformance.requirements import scenario_registry
from conformance.requirements.consistency import check
from conformance.requirements.oracle_registry import judged_scenarios
from conformance.requirements.scenario_registry import ORDER, REGISTERED, scenario
from conformance.spec import catalogue

FIRST = ORDER[0]
NEW = replace(REGISTERED[FIRST], name="not-sent")
REQUIREMENTS = tuple(catalogue.load())
CONSISTENT: dict[str, Any] = {
    "order": ORDER,
    "registered": REGISTERED,
    "judged": judged_scenarios(),
    "requirements": REQUIREMENTS,
}
CONTRADICTIONS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "registered, not in the order": ({"registered": {**REGISTERED, NEW.name: NEW}}, SuiteError, "'not-sent'"),
    "in the order, not registered": ({"order": (*ORDER, "no-function")}, SuiteError, "'no-function'"),
    "in the order twice": ({"order": (*ORDER, FIRST)}, SuiteError, f"'{FIRST}'"),
    "named by an oracle": ({"judged": {"LIFE-006": ("no-scenario",)}}, SuiteError, "LIFE-006: 'no-scenario'"),
    "named by a requirement": (
        {"requirements": (replace(REQUIREMENTS[0], exercised_by=("no-phase",)),)},
        CatalogueError,
        f"{REQUIREMENTS[0].id}: 'no-phase'",
    ),
}


def test_the_package_is_consistent() -> None:
    check(**CONSISTENT)

    assert list(requirements.SCENARIOS) == list(ORDER)


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_each_contradiction_is_named(case: str) -> None:
    change, error, named = CONTRADICTIONS[case]

    with pytest.raises(error, match=named):
        check(**{**CONSISTENT, **change})


def test_two_scenarios_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario_registry, "REGISTERED", {FIRST: NEW})

    with pytest.raises(SuiteError, match=f"'{FIRST}'"):
        scenario()(REGISTERED[FIRST].run)


def test_a_contradiction_prevents_loading(tmp_path: Path) -> None:
    source = Path(conformance.__file__).parent
    shutil.copytree(source, tmp_path / "conformance", ignore=shutil.ignore_patterns("__pycache__", "docs", "selftest"))
    with (tmp_path / "conformance/requirements/http/scenarios.py").open("a", encoding="utf-8") as file:
        file.write("\n\n@scenario()\ndef not_sent(api):\n    'Nothing.'\n    return []\n")

    process = subprocess.run(
        [sys.executable, "-c", "import conformance.requirements"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 1
    assert "SuiteError: scenario 'not-sent' is registered" in process.stderr
