"""A mark is on the part of an answer that shows the violation, and on nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reports.marking import marked
from conformance.reports.model import Message
from conformance.selftest.support.reports.strategies import PARTS, PROPERTY, messages, texts


def shown(message: Message) -> str | None:
    """Return the marked text."""
    mark = message.mark
    if mark is None:
        return None
    parts = {"start": [message.start], "header": [value for _, value in message.headers], "body": [message.body]}
    return parts[mark.part][mark.index][mark.begin : mark.end]


ANSWER = Message(
    "HTTP/1.1 400",
    (("Date", "today"), ("content-type", "text/html"), ("Allow", "")),
    '{"a": {"error_code" : "DRS.\\"1"}, "error_msg":null}',
)


@pytest.mark.parametrize(
    ("shown_in", "expected"),
    [
        ("status", "400"),
        ("header/Content-Type", "text/html"),
        ("header/Allow", None),
        ("header/Server", None),
        ("body", None),
        ("body/error_code", '"DRS.\\"1"'),
        ("body/error_msg", "null"),
        ("body/job", None),
    ],
)
def test_the_part_of_a_requirement_is_marked(shown_in: str, expected: str | None) -> None:
    assert shown(marked(ANSWER, shown_in)) == expected


@pytest.mark.parametrize("body", ['{"error_code": ', '{"error_code": "cut ...', '{"error_code": ' + "[" * 5000])
def test_a_value_without_an_end_is_not_marked(body: str) -> None:
    assert marked(Message("HTTP/1.1 400", (), body), "body/error_code").mark is None


@PROPERTY
@given(
    st.dictionaries(texts(surrogates=False), texts(surrogates=False), min_size=1, max_size=3), texts(surrogates=False)
)
def test_the_value_of_a_member_is_marked_unchanged(members: dict[str, str], value: str) -> None:
    body = json.dumps({"error_code": value, **members}, ensure_ascii=False)
    if "error_code" not in members:
        assert json.loads(shown(marked(Message("HTTP/1.1 400", (), body), "body/error_code")) or "") == value


@PROPERTY
@given(messages(texts()), PARTS)
def test_a_mark_is_within_its_text_and_not_empty(message: Message, shown_in: str) -> None:
    text = shown(marked(message, shown_in))
    assert text is None or text != ""
