"""The suite's wheel in an environment that has nothing else but its locked requirements, far from the repository."""

import json
import os
import subprocess
import sys
from pathlib import Path

from scripts import dist

LOCK = dist.ROOT / "scripts" / "locks" / "run.txt"
SECONDS = 600


def test_installed_suite_judges_the_built_in_mock(tmp_path: Path) -> None:
    dist.make(tmp_path / "dist")
    (wheel,) = (tmp_path / "dist").glob("drs_conform-*.whl")
    python = str(tmp_path / "venv" / "bin" / "python")
    install = ["uv", "pip", "install", "--python", python]
    for command in (
        ["uv", "venv", "--python", sys.executable, str(tmp_path / "venv")],
        [*install, "--require-hashes", "--requirement", str(LOCK)],
        [*install, "--no-deps", "--offline", str(wheel)],
        [str(tmp_path / "venv" / "bin" / "drs-conform"), "--seed", "1"],
    ):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
        run = subprocess.run(  # noqa: S603 - uv, and what the project itself has built
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert run.returncode == 0, f"{run.stdout}{run.stderr}"

    assert run.stdout.startswith("conforms: ") or "\nconforms: " in run.stdout
    report = json.loads((tmp_path / "reports" / "conformance.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "conforms"
