"""Secrets are taken out of what is shown, and what upsets a terminal too."""

from __future__ import annotations

import pytest
from drs_batch_client.runtime.redaction import on_one_line, without
from hypothesis import given
from hypothesis import strategies as st

letters = st.text("abc", min_size=1, max_size=4)


@given(st.lists(letters, max_size=4), st.text("abcd", max_size=40))
def test_no_secret_is_left(secrets: list[str], text: str) -> None:
    shown = without(secrets, text)
    assert [secret for secret in secrets if secret in shown] == []
    assert shown.count("d") == text.count("d")


@given(st.lists(st.text("abc", max_size=4), max_size=4), st.text("de", max_size=20))
def test_a_text_without_secrets_stays_as_it_is(secrets: list[str], text: str) -> None:
    assert without(secrets, text) == text


@pytest.mark.parametrize(
    ("secrets", "shown"),
    [((), "token-12"), (("token-1", "token-12"), "***"), (("token-12", "token-1"), "***"), (("", "-1"), "token***2")],
)
def test_the_longest_secret_goes_first(secrets: tuple[str, ...], shown: str) -> None:
    assert without(secrets, "token-12") == shown


@given(st.text(max_size=60), st.integers(0, 60))
def test_a_text_on_one_line_can_be_printed(text: str, longest: int) -> None:
    shown = on_one_line(text, longest)
    assert shown.isprintable()
    assert shown == shown.strip()
    assert len(shown) <= longest


@pytest.mark.parametrize(
    ("text", "shown"), [("a\r\nb", "a  b"), ("\x1b[31mred", "[31mred"), ("a\u202eb\u2028", "a b"), ("一二", "一二")]
)
def test_what_upsets_a_terminal_is_blank(text: str, shown: str) -> None:
    assert on_one_line(text, 20) == shown
