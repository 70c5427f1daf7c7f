"""A finding's file from elsewhere is read as a whole, or rejected with a message."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

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


INVALID: dict[str, dict[str, Any]] = {
    "another format": {"format": 99},
    "no requirement": {"requirement": None},
    "a requirement that is not text": {"requirement": 3},
    "an unknown member": {"extra": True},
    "no requests": {"requests": None},
    "requests that are not a list": {"requests": {}},
    **{
        f"the header {name}": {"headers": [[name, "x"]]}
        for name in ("Host", "content-length", "Transfer-Encoding", "Connection", "Proxy-Authorization", "TE")
    },
    "a token in another header": {"headers": [["X-Language", "{token}"]]},
    "a token in the path": {"target": "/{token}"},
    "an unknown placeholder": {"headers": [["X-Auth-Token", "{password}"]]},
    "a batch without a placeholder": {"target": "/v5/{project}/batch-async-jobs"},
    "a placeholder without a batch": {"batch": None},
    "a body that is not base64": {"body_base64": "%"},
    "a method that is not one": {"method": "GET /x HTTP/1.1\r\nX: y"},
}


@pytest.mark.parametrize("case", INVALID)
def test_a_file_that_no_run_writes_is_rejected(case: str, tmp_path: Path) -> None:
    changed = INVALID[case]
    request = SAMPLE["requests"][0]
    document = {**SAMPLE, **changed}
    if changed.keys() <= {*request, "body_base64"}:
        request = {name: value for name, value in request.items() if "body_base64" not in changed or name != "body"}
        document = {**SAMPLE, "requests": [{**request, **changed}]}
    path = tmp_path / "finding.json"
    path.write_text(
        json.dumps({name: value for name, value in document.items() if value is not None}), encoding="utf-8"
    )

    with pytest.raises(ConfigurationError, match=re.escape(str(path))):
        file.read(path)


@pytest.mark.parametrize("place", ["target", "method", "body"])
def test_half_a_character_is_not_accepted_anywhere(place: str, tmp_path: Path) -> None:
    path = tmp_path / "finding.json"
    request = {**SAMPLE["requests"][0], place: "/\ud800"}
    path.write_text(json.dumps({**SAMPLE, "requests": [request]}), encoding="utf-8")

    with pytest.raises(ConfigurationError, match="half a character"):
        file.read(path)
