"""Environments of the scripts: what they do not install."""

from pathlib import Path

import pytest

from conformance.selftest.support import small_checkout
from scripts.environment import CommandError, create


def test_no_program_of_a_package_is_run_to_build_it(tmp_path: Path) -> None:
    small_checkout.write_source(tmp_path, tmp_path / "ran")
    environment = create(tmp_path / "environment")

    with pytest.raises(CommandError, match="unbuilt"):
        environment.install("--no-index", "--find-links", str(tmp_path), "unbuilt==1.0")

    assert not (tmp_path / "ran").exists()
