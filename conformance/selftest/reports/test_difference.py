"""The differing words of two texts are marked, and no part of either text is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reports.difference import differences
from conformance.selftest.support.reports.strategies import PROPERTY, texts


def marked(expected: str, actual: str) -> tuple[list[str], list[str]]:
    """Return the differing pieces of each text."""
    return tuple([text for text, differs in pieces if differs] for pieces in differences(expected, actual))  # type: ignore[return-value]


@PROPERTY
@given(texts(), texts())
def test_the_pieces_are_the_whole_text(expected: str, actual: str) -> None:
    assert tuple("".join(text for text, _ in pieces) for pieces in differences(expected, actual)) == (expected, actual)


@PROPERTY
@given(st.text())
def test_nothing_differs_between_a_text_and_itself(text: str) -> None:
    assert marked(text, text) == ([], [])


@pytest.mark.parametrize(
    ("expected", "actual", "differing"),
    [
        ("status 401 or 403", "status 400", (["401 or 403"], ["400"])),
        ("a status below 500", "status 502", (["a ", "below 500"], ["502"])),
        ('"error_code" has exactly 12 characters', '"DRS.1000001" (11 characters)', ([], [])),
        ("an answer", "none", ([], [])),
    ],
)
def test_only_similar_texts_have_marks(expected: str, actual: str, differing: tuple[list[str], list[str]]) -> None:
    assert marked(expected, actual) == differing
