"""The gate: the findings of all linters, house rules and facts in a document."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import yaml

from conformance.spec.openapi import Specification
from scripts.spec import house, linters, traps
from scripts.spec.facts import one_line, read_facts
from scripts.spec.finding import Objection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from scripts.spec.facts import Json

__all__ = ["find_all", "find_own"]

RULES = house.RULES | traps.RULES
UNREADABLE = "house YAML"


def find_all(documents: Sequence[Path]) -> list[Objection]:
    """Return all findings in the documents, sorted by place.

    Raises `OSError` and the exceptions of `linters.lint`.
    """
    own = {document: list(find_own(document)) for document in documents}
    readable = [document for document, found in own.items() if not any(finding.rule == UNREADABLE for finding in found)]
    others = linters.lint(readable) if readable else []
    return sorted({finding for found in own.values() for finding in found} | set(others))


def find_own(document: Path) -> Iterator[Objection]:
    """Yield the findings of everything that does not need Node; raises `OSError`."""
    source = document.read_bytes()
    try:
        text = source.decode()
        specification = Specification(source)
    except (ValueError, yaml.YAMLError, TypeError, KeyError) as error:
        mark = getattr(error, "problem_mark", None)
        yield Objection(
            document, mark.line + 1 if mark else 1, UNREADABLE, one_line(f"not an OpenAPI document: {error}")
        )
        return
    for line, message in house.repeated_keys(text):
        yield Objection(document, line, UNREADABLE, message)
    for line, message in house.untidy_lines(text):
        yield Objection(document, line, "house lines", message)
    for rule, pointer, message in _violations(specification.document):
        yield Objection(document, line_of(specification, pointer), rule, message)


def _violations(document: Json) -> Iterator[tuple[str, str, str]]:
    rules = RULES
    if any(RULES["references"](document)):
        rules = {"references": RULES["references"]}  # the other rules follow references
    for name, rule in rules.items():
        for pointer, message in rule(document):
            yield f"house {name}", pointer, f"{pointer or '/'}: {message}"
    for pointer, message in linters.validate(document):
        yield "openapi-spec-validator", pointer, message
    for fact in read_facts():
        if not fact.holds(document):
            message = f'differs from the recorded fact "{fact.says}" (scripts/spec/facts.yaml, {fact.id})'
            advice = "if the documentation has changed, update the fact"
            yield f"fact {fact.id}", fact.at, f"{fact.at} {message}; {advice}"


def line_of(specification: Specification, pointer: str) -> int:
    """Return the line of a place, or of its nearest existing parent."""
    while True:
        with suppress(LookupError, ValueError, StopIteration):
            return specification.line(pointer)
        pointer = pointer.rpartition("/")[0]
