"""Tests the wheel of the suite in an environment with only its locked requirements, outside of the repository."""

import json
from pathlib import Path

from scripts import dist
from scripts.environment import LOCKS, create


def test_installed_suite_judges_the_built_in_mock(tmp_path: Path) -> None:
    dist.make(tmp_path / "dist")
    (wheel,) = (tmp_path / "dist").glob("drs_conform-*.whl")
    environment = create(tmp_path / "venv")
    environment.install("--require-hashes", "--requirement", str(LOCKS / "run.txt"))
    environment.install("--no-deps", "--offline", str(wheel))
    output = environment.run("drs-conform", "--seed", "1", directory=tmp_path)

    assert output.startswith("conforms: ") or "\nconforms: " in output
    report = json.loads((tmp_path / "reports" / "conformance.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "conforms"
