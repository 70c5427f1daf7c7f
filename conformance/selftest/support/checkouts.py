"""Checkouts with the inputs of scripts/generate.py, and a function that runs it in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import yaml

from scripts import generate
from scripts.client import package

if TYPE_CHECKING:
    from pathlib import Path

ROOT = generate.ROOT
SPEC: dict[str, Any] = yaml.safe_load(generate.SOURCE.read_text(encoding="utf-8"))
VERSION: str = SPEC["info"]["version"]
OPERATIONS: list[str] = [operation["operationId"] for item in SPEC["paths"].values() for operation in item.values()]
Tree = dict[str, bytes]


def make_checkout(directory: Path) -> Path:
    shutil.copytree(
        ROOT / "scripts" / "client", directory / "scripts" / "client", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("scripts/__init__.py", "scripts/generate.py", "openapi.yaml", "LICENSE", *package.SHARED):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, directory / name)
    return directory


def run_generate(
    checkout: Path, *options: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.generate", *options]
    places = {"PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=cwd or checkout, env=os.environ | places | environment, capture_output=True, text=True, check=False
    )


def read_tree(directory: Path) -> Tree:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def change_spec(checkout: Path, *steps: str, **changes: object) -> None:
    """Update the mapping at the path `steps` in the OpenAPI document of `checkout`."""
    document: dict[str, Any] = yaml.safe_load((checkout / "openapi.yaml").read_text(encoding="utf-8"))
    mapping = document
    for step in steps:
        mapping = mapping[step]
    mapping.update(changes)
    (checkout / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
