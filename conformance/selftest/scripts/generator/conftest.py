"""Fixtures: checkouts with a generated client."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from conformance.selftest.support.checkouts import OPERATIONS, VERSION, make_checkout, run_generate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a client that is generated once; tests only read it."""
    checkout = make_checkout(tmp_path_factory.mktemp("made"))
    run = run_generate(checkout, cwd=checkout, PYTHONHASHSEED="1", LC_ALL="C", TZ="Asia/Shanghai")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        f"generate: generated/ was generated from openapi.yaml {VERSION}, operations: {', '.join(OPERATIONS)}\n"
    )
    return checkout


@pytest.fixture
def checkout(made: Path, tmp_path: Path) -> Path:
    """A copy of the checkout that a test may modify."""
    return shutil.copytree(made, tmp_path / "a checkout")
