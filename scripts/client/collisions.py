"""Names that have two meanings in one module of the generated code."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["collisions", "members"]


def collisions(package: Path) -> Iterator[str]:
    """Yield each name that a module defines or imports twice, with what to do. The generator avoids built-in names."""
    for module in sorted(package.rglob("*.py")):
        meanings: dict[str, set[str]] = {}
        for name, meaning in _bound(ast.parse(module.read_text(encoding="utf-8")).body):
            meanings.setdefault(name, set()).add(meaning)
        for name, found in meanings.items():
            if len(found) > 1:
                place = module.relative_to(package).as_posix()
                yield f"components.schemas: {name} is a name that {place} needs; rename it"


def members(code: str) -> set[str]:
    """Return the names of the methods and properties of all classes in a module."""
    classes = (node for node in ast.parse(code).body if isinstance(node, ast.ClassDef))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for found in classes for node in found.body if isinstance(node, functions)}


def _bound(nodes: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield each name that statements of a module bind, and where it comes from."""
    for node in nodes:
        match node:
            case ast.If():  # of imports for type checkers
                yield from _bound(node.body)
            case ast.Import():
                yield from ((given.asname or given.name, given.name) for given in node.names)
            case ast.ImportFrom():
                place = f"{'.' * node.level}{node.module or ''}"
                yield from ((given.asname or given.name, f"{place} {given.name}") for given in node.names)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, f"line {node.lineno}"
            case ast.Assign():
                yield from (
                    (target.id, f"line {node.lineno}") for target in node.targets if isinstance(target, ast.Name)
                )
