"""Tests that scripts/generate.py is reproducible and that --check reports each difference."""

from __future__ import annotations

import os
from pathlib import Path

from conformance.selftest.support.checkouts import ROOT, change_spec, read_tree, run_generate
from scripts.client import package


def test_the_committed_client_is_up_to_date(made: Path) -> None:
    committed, expected = package.read_files(ROOT / "generated"), read_tree(made / "generated")
    drift = {path for path in committed.keys() | expected.keys() if committed.get(path) != expected.get(path)}
    assert drift == set(), "run make generate"


def test_a_run_in_another_environment_generates_the_same_bytes(made: Path, checkout: Path) -> None:
    (checkout / "generated" / "stale.py").touch()
    (checkout / "ruff.toml").write_text("line-length = 60\n", encoding="utf-8")
    (checkout / ".gitignore").write_text("*\n", encoding="utf-8")

    run = run_generate(checkout, cwd=Path("/"), PYTHONHASHSEED="2", LC_ALL="C.UTF-8", PATH=os.defpath)

    assert (run.returncode, run.stderr) == (0, "")
    assert read_tree(checkout / "generated") == read_tree(made / "generated")
    assert not list(checkout.glob(".generated-*"))


def test_check_of_an_up_to_date_client_passes_and_writes_nothing(checkout: Path) -> None:
    for leftover in ("drs_batch_client/__pycache__/client.pyc", "drs_batch_client.egg-info/PKG-INFO"):
        (checkout / "generated" / leftover).parent.mkdir()
        (checkout / "generated" / leftover).touch()
    before = read_tree(checkout)

    run = run_generate(checkout, "--check")

    assert (run.returncode, run.stdout, run.stderr) == (0, "generate: generated/ is up to date with openapi.yaml\n", "")
    assert read_tree(checkout) == before


def test_edited_missing_and_extra_files_are_reported(checkout: Path) -> None:
    package = checkout / "generated" / "drs_batch_client"
    with (package / "client.py").open("a", encoding="utf-8") as file:
        file.write("\n")
    (package / "errors.py").unlink()
    (package / "models" / "extra.py").touch()
    before = read_tree(checkout)

    run = run_generate(checkout, "--check")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        "generated/drs_batch_client/client.py: differs",
        "generated/drs_batch_client/errors.py: missing",
        "generated/drs_batch_client/models/extra.py: extra",
        "generate: generated/ is not up to date with openapi.yaml; run make generate",
    ]
    assert read_tree(checkout) == before


def test_a_changed_spec_is_reported_and_changes_the_client(checkout: Path) -> None:
    change_spec(checkout, "components", "securitySchemes", "AuthToken", name="X-Other-Token")
    change_spec(checkout, "info", version="99.1.0")

    drift = run_generate(checkout, "--check")
    assert drift.returncode == 1
    assert "generated/drs_batch_client/client.py: differs" in drift.stderr
    assert "generated/MANIFEST.json: differs" in drift.stderr

    assert run_generate(checkout).returncode == 0
    client = (checkout / "generated" / "drs_batch_client" / "client.py").read_text(encoding="utf-8")
    assert 'auth_header_name: str = "X-Other-Token"' in client
    assert 'version = "99.1.0"' in (checkout / "generated" / "pyproject.toml").read_text(encoding="utf-8")
