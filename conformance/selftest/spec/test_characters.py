"""What is shown of hidden characters and of addresses."""

import logging
import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.spec.characters import LINK, PrintableFormatter, hidden, plain, printable

CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
IGNORABLE = (
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10),
    *range(0xE0000, 0xE1000),
)
"""The default-ignorable code points of Unicode 16 outside of the category Cf."""


def test_every_character_without_a_shape_or_with_an_effect_is_hidden() -> None:
    shown = [f"U+{n:04X}" for n in range(0x110000) if unicodedata.category(chr(n)) in CATEGORIES and not hidden(chr(n))]
    assert shown == []
    assert [f"U+{n:04X}" for n in IGNORABLE if not hidden(chr(n))] == []
    assert not any(map(hidden, " aé批ก\u0301🐞"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b\\n", "a b\\n"),
        ("\x1b[31m\n", r"\x1b[31m\n"),
        ("\u202e\u3164\ufe0f", r"\u202e\u3164\ufe0f"),
        ("\U000e0041\ud800\xa0", r"\U000e0041\ud800\xa0"),
    ],
)
def test_a_hidden_character_is_shown_as_its_code_point(text: str, shown: str) -> None:
    assert printable(text) == plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to https://a.example/b", r"to https\x3a//a.example/b"),
        ("FTP://www.a.example", r"FTP\x3a//www\x2ea.example"),
        ("mailto:me@a.example", r"mailto:me\x40a.example"),
        ("10:20, //, a: b, @ x, www", "10:20, //, a: b, @ x, www"),
    ],
)
def test_an_address_is_shown_with_a_code_point_where_plain_text_may_have_no_links(text: str, shown: str) -> None:
    assert printable(text) == text
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a ::error file=a,line=1::b", r"a \x3a:error file=a,line=1::b"),
        ("::Stop-Commands::x, :::group::y", r"\x3a:Stop-Commands::x, :\x3a:group::y"),
        ("a ##[group]b ##vso[task]c ##teamcity[d]", r"a \x23#[group]b \x23#vso[task]c \x23#teamcity[d]"),
        ("###[x]", r"#\x23#[x]"),
        ("[::1]:80/ [fe80::abcd] # ## a::b, x[1] #[0] ::", "[::1]:80/ [fe80::abcd] # ## a::b, x[1] #[0] ::"),
    ],
)
def test_a_command_of_a_ci_system_is_shown_with_a_code_point(text: str, shown: str) -> None:
    assert printable(text) == plain(text) == shown


COMMANDS = st.sampled_from(["::", ":", "error", "a-b", " ", "#", "##", "[", "vso", "\n", "\x1b"])


@given(st.lists(COMMANDS).map("".join))
def test_no_row_of_a_text_is_a_command_of_a_ci_system(text: str) -> None:
    shown = printable(text, kept="\n")
    for row in (shown[start:] for start in range(len(shown))):
        assert not re.match(r"\s*::[a-z-]+(?: .*)?::|##\w*\[", row, re.IGNORECASE)


@given(st.lists(st.sampled_from(["https", ":", "/", "//", "www", ".", "a", "@", "\u200b", "\x00"])).map("".join))
def test_no_text_has_a_link_or_a_hidden_character(text: str) -> None:
    assert not LINK.search(plain(text))
    assert not any(map(hidden, plain(text)))


def test_a_log_record_is_formatted_as_printable_lines() -> None:
    error = ValueError("\x1b[31m\u202e")
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "a \u3164", (), (ValueError, error, None))
    assert PrintableFormatter().format(record) == "a \\u3164\nValueError: \\x1b[31m\\u202e"


@pytest.mark.parametrize("code", ["warnings.warn(text)", "logging.getLogger('asyncio').error(text)"])
def test_what_a_library_warns_of_reaches_the_terminal_as_printable_lines(code: str) -> None:
    program = f"""
import logging, warnings
from conformance.cli import main
from conformance import __main__
text = "\\x1b[31m\\u202e"
main.main = lambda: {code}
__main__.main()
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert "\\x1b[31m\\u202e" in run.stderr
    assert not any(map(hidden, run.stderr.replace("\n", "")))
