"""A report is read back as it was, or refused in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reports import reading, render_json
from conformance.selftest.reports.samples import REPORT
from conformance.selftest.reports.strategies import PROPERTY

DOCUMENT: Any = json.loads(render_json.render(REPORT))

REFUSED = {
    "no JSON": ("{", "is no JSON"),
    "nested too deeply": ("[" * 100_000, "is no JSON"),
    "no report": ('{"schemaVersion": 1}', "is no report"),
    "no object": ("[1]", "is no report"),
    "another format": (json.dumps({**DOCUMENT, "format": 2}), "of another format than 1"),
    "a field more": (json.dumps({**DOCUMENT, "token": "S3cret"}), "the whole is not what the schema wants"),
    "a verdict that is none": (json.dumps({**DOCUMENT, "verdict": "S3cret"}), "/verdict"),
    "another exit code than the verdict's": (json.dumps({**DOCUMENT, "exit_code": 0}), "the schema wants"),
    "a requirement twice": (
        json.dumps({**DOCUMENT, "requirements": DOCUMENT["requirements"][:1] * 2}),
        "it judges REQ-001 twice",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_sound_report_is_refused_in_a_sentence(case: str) -> None:
    text, reason = REFUSED[case]

    with pytest.raises(reading.UnreadableError, match=reason) as caught:
        reading.read(text)

    assert "S3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
)


@PROPERTY
@given(st.sampled_from(sorted(DOCUMENT)), JSON)
def test_whatever_stands_in_a_field_is_read_or_refused(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    text = json.dumps({**DOCUMENT, name: value})
    try:
        report = reading.read(text)
    except reading.UnreadableError:
        return
    assert json.loads(render_json.render(report)) == json.loads(text)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file"), (b"\xff", "is no UTF-8"), (b"{}", "is no report")]
)
def test_a_file_that_is_no_report_is_named(content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(reading.UnreadableError, match=reason) as caught:
        reading.load(path)

    assert str(caught.value).startswith(f"{path}: ")
