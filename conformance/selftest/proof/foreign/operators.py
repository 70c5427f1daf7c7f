"""Mutation of a program: each change is one that a careless edit might make.

cosmic-ray and mutmut change numbers, comparisons and operators, but neither leaves out a check, a header, a lock or an
assignment, which is what goes wrong in a server.
"""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")

__all__ = ["Mutant", "Program"]

OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
TEXT_METHODS = frozenset(("lower", "upper", "casefold", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix"))
"""Methods that return a text like the one that they are called on."""
TEXT_FUNCTIONS = frozenset(("unquote", "unquote_plus", "unquote_to_bytes", "quote", "escape"))
"""Functions that return a text like their first argument."""
SILENT = frozenset(("main", "log_message", "print"))
"""Functions whose code and arguments no client can see: the start of the program, and its log."""
SKIPPED_FIELDS = frozenset(("annotation", "returns", "format_spec"))
SHOWN = 60
"""Maximum of characters that are shown of each side of a change."""

Replacement = tuple[str, ast.AST, str]
"""The name of an operator, what it puts in place of a node, and what it leaves out, if it does no more than that."""


@dataclass(frozen=True)
class Mutant:
    """One change to a program.

    Attributes:
        id: The line, the operator, and a number if the operator changes several places of the line.
        operator: The name of the operator.
        change: What was there and what replaces it, shortened.
    """

    id: str
    operator: str
    change: str


class Program:
    """A program and its mutants.

    Attributes:
        mutants: All mutants by ID, in the order of the text.
    """

    def __init__(self, source: str) -> None:
        """Parse a program; raises `SyntaxError`."""
        self._tree = ast.parse(source)
        self._changes: dict[str, _Change] = {}
        self.mutants: dict[str, Mutant] = {}
        numbers: Counter[str] = Counter()
        for change in _changes(self._tree):
            name = f"{getattr(change.old, 'lineno', 0)}-{change.operator}"
            numbers[name] += 1
            key = f"{name}-{numbers[name]}" if numbers[name] > 1 else name
            self._changes[key] = change
            self.mutants[key] = Mutant(key, change.operator, change.text)

    def source(self, key: str) -> str:
        """Return the source of a mutant."""
        change = self._changes[key]
        change.put(change.new)
        try:
            return ast.unparse(ast.fix_missing_locations(self._tree))
        finally:
            change.put(change.old)


@dataclass(frozen=True)
class _Change:
    """A change to a tree: what holds the changed node, where in it, both nodes, the operator, and what shows it."""

    holder: object
    place: str | int
    old: ast.AST
    new: ast.AST
    operator: str
    text: str

    def put(self, node: ast.AST) -> None:
        if isinstance(self.holder, list):
            self.holder[int(self.place)] = node
        else:
            setattr(self.holder, str(self.place), node)


def _changes(parent: ast.AST) -> Iterator[_Change]:
    """Yield each change below a node."""
    for field, value in ast.iter_fields(parent):
        items: Iterable[tuple[object, str | int, object]] = [(parent, field, value)]
        if isinstance(value, list):
            items = [(value, number, item) for number, item in enumerate(value)]
        for holder, place, node in items:
            if field in SKIPPED_FIELDS or not isinstance(node, ast.AST) or _silent(node):
                continue
            for operator, new, left_out in _replacements(node, tests=field in ("test", "ifs")):
                text = f"without {left_out}" if left_out else f"{_shown(node)} -> {_shown(new)}"
                yield _Change(holder, place, node, new, operator, text)
            yield from _changes(node)


def _silent(node: ast.AST) -> bool:
    """Return whether no client can see the effect of a node; docstrings are among these."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _silent(node.value)
    if isinstance(node, ast.FunctionDef):
        return node.name in SILENT
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SILENT


def _replacements(node: ast.AST, *, tests: bool) -> Iterator[Replacement]:
    """Yield the replacements of a node, which may be what an `if` or a loop tests."""
    yield from _negations(node, tests=tests)
    match node:
        case ast.stmt():
            yield from _statements(node)
        case ast.Constant():
            yield from (("constant", ast.Constant(value), "") for value in _other_values(node.value))
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp():
            yield from _conditions(node)
        case ast.List() | ast.Set() | ast.Dict():
            yield from _displays(node)
        case ast.Call():
            yield from _calls(node)
        case ast.ExceptHandler(type=ast.expr() as caught):
            nothing = ast.ExceptHandler(ast.Tuple([], ast.Load()), node.name, node.body)
            yield "except", nothing, f"except {_shown(caught)}"


def _negations(node: ast.AST, *, tests: bool) -> Iterator[Replacement]:
    """Yield what is tested the other way round; a comparison has other operators for that."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "negate", node.operand, ""
    elif tests and isinstance(node, ast.expr) and not isinstance(node, ast.Compare):
        yield "negate", ast.UnaryOp(ast.Not(), node), ""


def _statements(node: ast.stmt) -> Iterator[Replacement]:
    if isinstance(node, ast.If):
        yield "never", ast.If(ast.Constant(value=False), node.body, node.orelse), ""
    elif isinstance(node, ast.With):
        yield "with", ast.If(ast.Constant(value=True), node.body, []), f"with {_shown(node.items[0])}"
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Delete | ast.Raise) or (
        isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    ):
        yield "statement", ast.Pass(), _shown(node)


def _comparisons(node: ast.Compare) -> Iterator[Replacement]:
    for number, operator in enumerate(node.ops):
        other = [*node.ops[:number], OPPOSITES[type(operator)](), *node.ops[number + 1 :]]
        yield "compare", ast.Compare(node.left, other, node.comparators), ""
    last = node.comparators[-1]
    if isinstance(last, ast.Tuple) and isinstance(node.ops[-1], ast.In | ast.NotIn):
        for element, rest in _without_one(last.elts):
            comparators = [*node.comparators[:-1], ast.Tuple(rest, ast.Load())]
            yield "element", ast.Compare(node.left, node.ops, comparators), f"{_shown(element)} in {_shown(last)}"


def _conditions(node: ast.BoolOp) -> Iterator[Replacement]:
    yield "and-or", ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values), ""
    for operand, rest in _without_one(node.values):
        yield "operand", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest), _shown(operand)


def _displays(node: ast.List | ast.Set | ast.Dict) -> Iterator[Replacement]:
    """Yield a list, set or dictionary without each of its elements."""
    if isinstance(node, ast.Dict):
        for (key, keys), (_, values) in zip(_without_one(node.keys), _without_one(node.values), strict=True):
            yield "element", ast.Dict(keys, values), _shown(key) if key is not None else "**"
    elif isinstance(node, ast.List):
        yield from (("element", ast.List(rest, node.ctx), _shown(element)) for element, rest in _without_one(node.elts))
    elif len(node.elts) > 1:
        yield from (("element", ast.Set(rest), _shown(element)) for element, rest in _without_one(node.elts))


def _calls(node: ast.Call) -> Iterator[Replacement]:
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if isinstance(node.func, ast.Attribute) and name in TEXT_METHODS:
        yield "call", node.func.value, ""
    elif name in TEXT_FUNCTIONS and node.args:
        yield "call", node.args[0], ""
    for keyword, rest in _without_one(node.keywords):
        yield "argument", ast.Call(node.func, node.args, rest), _shown(keyword)


def _other_values(value: object) -> Iterator[str | bytes | float]:
    """Yield other values of a constant: the next number, another character, nothing. Prose is emptied alone."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str) and value:
        yield ""
        if " " not in value.strip() and value.isascii():
            yield _other_text(value)
    elif isinstance(value, bytes) and value:
        yield b""
        yield _other_text(value.decode("latin-1")).encode("latin-1")


def _other_text(text: str) -> str:
    """Return a text with another last letter or digit, or with one more if it has none."""
    for number in reversed(range(len(text))):
        if text[number].isalnum():
            return f"{text[:number]}{'x' if text[number] != 'x' else 'y'}{text[number + 1 :]}"
    return f"{text}x"


def _without_one(items: Sequence[T]) -> Iterator[tuple[T, list[T]]]:
    """Yield each item of a list, and the list without it."""
    return ((item, [*items[:number], *items[number + 1 :]]) for number, item in enumerate(items))


def _shown(node: ast.AST) -> str:
    """Return the code of a node on one line; of an `if`, its test."""
    text = f"if {ast.unparse(node.test)}" if isinstance(node, ast.If) else ast.unparse(node)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 4]} ..."
