"""Tests that the client follows openapi.yaml: it is generated from changed documents, checked by mypy, and used."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from conformance.selftest.support.checkouts import SPEC
from conformance.selftest.support.client.changes import CHANGES, Change
from conformance.selftest.support.client.changes.program import PROGRAM
from scripts.client import package, specification

if TYPE_CHECKING:
    from pathlib import Path


def make(change: Change, directory: Path) -> None:
    """Generate the client from the changed document as the package of that name, beside its program."""
    document = copy.deepcopy(SPEC)
    change.apply(document)
    workspace = directory / f"workspace-{change.name}"
    workspace.mkdir()
    (workspace / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    tree = package.build(specification.read_spec(workspace / "openapi.yaml"), workspace)
    for module in tree.rglob("*.py"):
        text = module.read_text(encoding="utf-8").replace(package.PACKAGE, change.name)
        module.write_text(text, encoding="utf-8")
    (tree / package.PACKAGE).rename(directory / change.name)
    (tree / "README.md").rename(directory / f"{change.name}.md")
    program = PROGRAM.format(package=change.name) + change.program
    (directory / f"use_{change.name}.py").write_text(program, encoding="utf-8")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("changed")
    for change in CHANGES:
        make(change, made)
    return made


def test_the_clients_and_the_programs_that_use_them_are_typed(directory: Path) -> None:
    packages = [argument for change in CHANGES for argument in ("-p", change.name, "-m", f"use_{change.name}")]
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(directory / "cache"), *packages]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout


@pytest.fixture(scope="module")
def failures(directory: Path) -> dict[str, str]:
    """The failures of the programs, which one interpreter runs that has nothing of the project on its path."""
    runner = (
        "import importlib, json, sys, traceback, warnings\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "warnings.simplefilter('error')\n"
        "failures = {}\n"
        "for name in json.load(sys.stdin):\n"
        "    try:\n"
        "        importlib.import_module(f'use_{name}')\n"
        "    except Exception:\n"
        "        failures[name] = traceback.format_exc()\n"
        "assert 'drs_batch_client' not in sys.modules\n"
        "print(json.dumps(failures))\n"
    )
    names = json.dumps([change.name for change in CHANGES])
    command = [sys.executable, "-I", "-c", runner, str(directory)]
    run = subprocess.run(command, input=names, cwd=directory, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found: dict[str, str] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("name", [change.name for change in CHANGES])
def test_a_program_uses_the_client_of_the_changed_document(name: str, failures: dict[str, str]) -> None:
    assert name not in failures, failures[name]


@pytest.mark.parametrize("name", [change.name for change in CHANGES])
def test_the_readme_names_what_the_client_of_the_changed_document_has(name: str, directory: Path) -> None:
    text = (directory / f"{name}.md").read_text(encoding="utf-8")
    operations = (directory / name / "operations.py").read_text(encoding="utf-8")

    modules = re.findall(r"from drs_batch_client\.api\.(\w+) import (\w+)", text)
    assert len(modules) == 2
    assert [m for m in modules if not (directory / name / "api" / m[0] / f"{m[1]}.py").exists()] == []
    calls = re.findall(r"client\.(?:with_response\.)?(\w+)\([^)]*[\"\u2026]", text)
    assert [call for call in calls if f"def {call}(" not in operations] == []
    regions = re.findall(r'region="([^"]+)"', text)
    spec = (directory / name / "spec.py").read_text(encoding="utf-8")
    assert [region for region in regions if f'"{region}": "https://' not in spec] == []
    for word in ('language="zh-cn"', "Chinese"):
        assert (word in text) == ('"zh-cn"' in operations)
