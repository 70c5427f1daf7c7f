"""A finding's file from elsewhere is read as a whole, or rejected with a message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.errors import ConfigurationError
from conformance.findings import file
from conformance.selftest.reports import golden

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = json.loads((golden.FOLDER / "ERR-003.json").read_text(encoding="utf-8"))


def test_a_file_that_a_run_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "finding.json"
    path.write_text(json.dumps(SAMPLE), encoding="utf-8")

    assert file.read(path).requirement == "ERR-003"


@pytest.mark.parametrize("place", ["target", "method", "body"])
def test_half_a_character_is_not_accepted_anywhere(place: str, tmp_path: Path) -> None:
    path = tmp_path / "finding.json"
    request = {**SAMPLE["requests"][0], place: "/\ud800"}
    path.write_text(json.dumps({**SAMPLE, "requests": [request]}), encoding="utf-8")

    with pytest.raises(ConfigurationError, match="is not a finding"):
        file.read(path)
