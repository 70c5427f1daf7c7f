"""The mutants of small programs."""

from __future__ import annotations

import ast

import pytest

from conformance.selftest.proof.foreign.operators import Program


def _sources(text: str) -> list[str]:
    program = Program(text)
    return [program.source(key) for key in program.mutants]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if x:\n    raise y", {"if False:\n    raise y", "if not x:\n    raise y", "if x:\n    pass"}),
        ("while not x:\n    x()", {"while x:\n    x()", "while not x:\n    pass"}),
        ("a = b < c", {"a = b <= c"}),
        ("a = b == c", {"a = b != c"}),
        ("a = b in (c, d)", {"a = b not in (c, d)", "a = b in (c,)", "a = b in (d,)"}),
        ("a = b and c", {"a = b or c", "a = b", "a = c"}),
        ("a = 1", {"a = 2"}),
        ("a = True", {"a = False"}),
        ("a = 'POST'", {"a = ''", "a = 'POSx'"}),
        ("a = 'two words'", {"a = ''"}),
        ("a = b'\\n'", {"a = b''", "a = b'\\nx'"}),
        ("a = [b, c]", {"a = [b]", "a = [c]"}),
        ("a = {b: c, d: e}", {"a = {d: e}", "a = {b: c}"}),
        ("a = b.lower()", {"a = b"}),
        ("a = unquote(b)", {"a = b"}),
        ("a = b(c, d=e)", {"a = b(c)"}),
        ("a.b = c", {"pass"}),
        ("a += b", {"pass"}),
        ("a = b", set()),
        ("with a:\n    b = c", {"if True:\n    b = c"}),
        ("try:\n    a = b\nexcept C:\n    d = e", {"try:\n    a = b\nexcept ():\n    d = e"}),
    ],
)
def test_each_operator_changes_one_place(text: str, expected: set[str]) -> None:
    found = _sources(text)

    assert set(found) == expected
    assert len(found) == len(expected)


def test_what_no_client_sees_is_not_changed() -> None:
    text = 'def f(a: "T") -> "T":\n    """Text."""\n    print("x")\n\ndef main():\n    return 1'

    assert _sources(text) == []


def test_the_program_is_as_before_after_each_mutant() -> None:
    text = "if a and b:\n    c.d = [1, 'x']"
    program = Program(text)
    for key in program.mutants:
        assert program.source(key) != ast.unparse(ast.parse(text))
    again = Program(text)

    assert [program.source(key) for key in program.mutants] == [again.source(key) for key in again.mutants]


def test_a_mutant_is_named_by_its_line_and_operator() -> None:
    mutants = Program("\na = 1, 2\nb = f(c=d)").mutants

    assert [(key, mutant.change) for key, mutant in mutants.items()] == [
        ("2-constant", "1 -> 2"),
        ("2-constant-2", "2 -> 3"),
        ("3-argument", "without c=d"),
    ]
