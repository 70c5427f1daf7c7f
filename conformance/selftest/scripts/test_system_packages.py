"""scripts/setup-browser, scripts/setup-interop and scripts/setup-servers, with an apt-get that installs nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"
PROGRAMS = {
    "apt-get": """\
exec >>"${0%/*}/log"
flock --nonblock /var/lib/dpkg true && echo "not locked"
echo "$4"
[ "$4" = install ] && ln -s "$0" "${0%/*}/chromium"
""",
    "id": "echo 0\n",
}


@pytest.mark.skipif(not Path("/var/lib/dpkg").is_dir(), reason="this machine has no Debian packages")
@pytest.mark.parametrize("name", ["setup-browser", "setup-interop", "setup-servers"])
def test_only_one_script_updates_the_lists_at_a_time_and_installs_even_if_that_fails(name: str, tmp_path: Path) -> None:
    for program, script in PROGRAMS.items():
        (tmp_path / program).write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
        (tmp_path / program).chmod(0o755)
    for program in ("env", "flock", "grep", "ln"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))

    done = subprocess.run(
        ["/bin/sh", SCRIPTS / name], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    assert done.stderr.startswith(f"{name}: installing ")
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "log").read_text(encoding="utf-8") == "update\ninstall\n"
