"""A report is read back unchanged, or rejected with a message."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.config.settings import Settings
from conformance.errors import ConfigurationError
from conformance.reports import reading, render_json
from conformance.selftest.support.reports.samples import REPORT
from conformance.selftest.support.reports.strategies import PROPERTY

DOCUMENT: Any = json.loads(render_json.render(REPORT))

REJECTED = {
    "not JSON": ("{", "is not valid JSON"),
    "nested too deeply": ("[" * 100_000, "is not valid JSON"),
    "not a report": ('{"schemaVersion": 1}', "is not a report"),
    "not an object": ("[1]", "is not a report"),
    "another format": (json.dumps({**DOCUMENT, "format": 2}), "not a report of format 1"),
    "unknown field": (json.dumps({**DOCUMENT, "token": "S3cret"}), "the document does not match the schema"),
    "unknown verdict": (json.dumps({**DOCUMENT, "verdict": "S3cret"}), "/verdict"),
    "exit code of another verdict": (json.dumps({**DOCUMENT, "exit_code": 0}), "does not match the schema"),
    "a requirement twice": (
        json.dumps({**DOCUMENT, "requirements": DOCUMENT["requirements"][:1] * 2}),
        "it has REQ-001 twice",
    ),
}


@pytest.mark.parametrize("case", REJECTED)
def test_an_invalid_report_is_rejected_with_one_line_that_does_not_quote_it(case: str) -> None:
    text, reason = REJECTED[case]

    with pytest.raises(ConfigurationError, match=reason) as caught:
        reading.read(text)

    assert "S3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
)


@PROPERTY
@given(st.sampled_from(sorted(DOCUMENT)), JSON)
def test_any_value_of_a_field_is_read_or_rejected(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    text = json.dumps({**DOCUMENT, name: value})
    try:
        report = reading.read(text)
    except ConfigurationError:
        return
    assert json.loads(render_json.render(report)) == json.loads(text)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file"), (b"\xff", "is not UTF-8"), (b"{}", "is not a report")]
)
def test_the_message_names_a_file_that_is_not_a_report(content: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=reason) as caught:
        reading.load(path)

    assert str(caught.value).startswith(f"{path}: ")


def test_the_largest_seed_of_the_option_is_read() -> None:
    seed = Settings.read({"seed": 20 * "9"}).seed

    assert reading.read(render_json.render(replace(REPORT, seed=seed))).seed == seed
