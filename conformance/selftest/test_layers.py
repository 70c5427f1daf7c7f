"""The import-linter contracts in pyproject.toml forbid the imports that they are meant to forbid."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent
LAYERS = "A layer imports lower ones alone"
MOCK = "The mock shares the document and the signature with the suite, and nothing else"
AREAS = "An area of requirements imports no other area"

FORBIDDEN = {
    "spec/openapi.py": ("from conformance.exchange import exchange", LAYERS),
    "exchange/tokens.py": ("from conformance.auth import signing", LAYERS),
    "reports/rows.py": ("from conformance.auth import signing", LAYERS),
    "config/options.py": ("from conformance.mock import settings", LAYERS),
    "target/session.py": ("from conformance.requirements import phases", LAYERS),
    "findings/curl.py": ("from conformance.engine import run", LAYERS),
    "engine/run.py": ("from conformance.cli import progress", LAYERS),
    "cli/main.py": ("from conformance.suite import conftest", LAYERS),
    "proof/runs.py": ("from conformance.selftest.support import servers", LAYERS),
    "engine/log.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from conformance.cli.progress import Progress",
        LAYERS,
    ),
    "somewhere/__init__.py": ("", LAYERS),
    "mock/gateway.py": ("from conformance.exchange import exchange", MOCK),
    "mock/faults/gateway.py": ("from conformance.spec import catalogue", MOCK),
    "requirements/http/oracles.py": ("from conformance.requirements.commit import oracles", AREAS),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package and the contracts."""
    shutil.copytree(PACKAGE, tmp_path / "conformance", ignore=shutil.ignore_patterns("__pycache__", "docs", "golden"))
    shutil.copy(PACKAGE.parent / "pyproject.toml", tmp_path)
    return tmp_path


def _lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("lint-imports"))
    return subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=checkout, capture_output=True, text=True, check=False
    )


def test_the_package_keeps_its_contracts(checkout: Path) -> None:
    assert _lint(checkout).returncode == 0


@pytest.mark.parametrize("module", FORBIDDEN)
def test_a_forbidden_import_breaks_a_contract(module: str, checkout: Path) -> None:
    statement, contract = FORBIDDEN[module]
    path = checkout / "conformance" / module
    path.parent.mkdir(exist_ok=True)
    content = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{content}\n\n{statement}\n", encoding="utf-8")

    linted = _lint(checkout)

    assert linted.returncode == 1, linted.stdout
    assert f"{contract} BROKEN" in linted.stdout or module == "somewhere/__init__.py"
