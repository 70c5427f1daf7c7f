"""The gate: what any linter or any rule of the house finds in a document."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import yaml

from conformance.specification import Specification
from scripts.spec import house, linters, traps
from scripts.spec.facts import one_line, read_facts
from scripts.spec.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from scripts.spec.facts import Json

__all__ = ["find_all", "find_own"]

RULES = house.RULES | traps.RULES
UNREADABLE = "house YAML"


def find_all(documents: Sequence[Path]) -> list[Finding]:
    """Return all findings in documents, in the order of their places.

    Raises `OSError`, and what `linters.lint` raises.
    """
    own = {document: list(find_own(document)) for document in documents}
    readable = [document for document, found in own.items() if not any(finding.rule == UNREADABLE for finding in found)]
    others = linters.lint(readable) if readable else []
    return sorted({finding for found in own.values() for finding in found} | set(others))


def find_own(document: Path) -> Iterator[Finding]:
    """Yield what the rules of the house and openapi-spec-validator find, which takes no Node; raises `OSError`."""
    source = document.read_bytes()
    try:
        text = source.decode()
        specification = Specification(source)
    except (ValueError, yaml.YAMLError, TypeError, KeyError) as error:
        mark = getattr(error, "problem_mark", None)
        yield Finding(document, mark.line + 1 if mark else 1, UNREADABLE, one_line(f"no OpenAPI document: {error}"))
        return
    for line, message in house.repeated_keys(text):
        yield Finding(document, line, UNREADABLE, message)
    for line, message in house.untidy_lines(text):
        yield Finding(document, line, "house lines", message)
    for rule, pointer, message in _judged(specification.document):
        yield Finding(document, line_of(specification, pointer), rule, message)


def _judged(document: Json) -> Iterator[tuple[str, str, str]]:
    rules = RULES
    if any(RULES["references"](document)):
        rules = {"references": RULES["references"]}  # the others follow references, and would get lost
    for name, rule in rules.items():
        for pointer, message in rule(document):
            yield f"house {name}", pointer, f"{pointer or '/'}: {message}"
    for pointer, message in linters.validate(document):
        yield "openapi-spec-validator", pointer, message
    for fact in read_facts():
        if not fact.holds(document):
            yield f"fact {fact.id}", fact.at, f"{fact.at} must say that: {fact.says}"


def line_of(specification: Specification, pointer: str) -> int:
    """Return the line of a place, or of the nearest one around it that exists."""
    while True:
        with suppress(LookupError, ValueError, StopIteration):
            return specification.line(pointer)
        pointer = pointer.rpartition("/")[0]
