"""Tests that openapi.yaml states each fact, that each change violates a fact, and that each value has a fact."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from conformance.spec.openapi import SPEC_PATH
from scripts.spec.facts import Fact, Json, find, leaves, one_line, read_facts, read_uncovered, value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FACTS = read_facts()
DOCUMENT: Json = yaml.safe_load(SPEC_PATH.read_bytes())
TRUE_FACTS = [fact for fact in FACTS if fact.holds(DOCUMENT)]

each_fact = pytest.mark.parametrize("fact", FACTS, ids=[fact.id for fact in FACTS])


@each_fact
def test_document_states_the_fact(fact: Fact) -> None:
    assert fact.holds(DOCUMENT), f"{fact.says} Expected at {fact.at}: {fact.demand} {fact.wanted}"


@each_fact
def test_fact_fails_if_its_place_is_removed(fact: Fact) -> None:
    assert not fact.holds(without(DOCUMENT, fact.at))


@each_fact
def test_fact_fails_on_each_change_of_its_value(fact: Fact) -> None:
    changes = list(changes_against(fact, value_at(DOCUMENT, fact.at)))

    assert changes
    assert [change for change in changes if fact.holds(changed(DOCUMENT, fact.at, change))] == []


def test_ids_are_unique_and_made_of_words() -> None:
    ids = [fact.id for fact in FACTS]

    assert len(ids) == len(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z]\w*(-\w+)*", name)] == []


def test_each_fact_is_one_sentence() -> None:
    assert [fact.id for fact in FACTS if not re.fullmatch(r"\S.*[^.]\.", fact.says)] == []


def test_each_value_of_the_document_is_covered_by_a_fact_or_explained() -> None:
    """A value is covered if changing it in any way, and removing it, makes at least one fact fail."""
    explained = read_uncovered()
    uncovered = [pointer for pointer in leaves(DOCUMENT) if not is_covered(pointer)]

    unexplained = [pointer for pointer in uncovered if not any(re.fullmatch(row.at, pointer) for row in explained)]
    stale = [row.at for row in explained if not any(re.fullmatch(row.at, pointer) for pointer in uncovered)]

    assert (unexplained, stale) == ([], [])


def is_covered(pointer: str) -> bool:
    holder, key = find(DOCUMENT, pointer)
    if key == "$ref":
        kind, _, name = holder[key].rpartition("/")
        others: Iterable[Json] = [
            f"{kind}/{other}" for other in value_at(DOCUMENT, kind.removeprefix("#")) if other != name
        ]
    else:
        others = variants(holder[key])
    mutants = [without(DOCUMENT, pointer), *(changed(DOCUMENT, pointer, other) for other in others)]
    return all(any(not fact.holds(mutant) for fact in TRUE_FACTS) for mutant in mutants)


def without(document: Json, pointer: str) -> Json:
    mutant = copy.deepcopy(document)
    holder, key = find(mutant, pointer)
    del holder[key]
    return mutant


def changed(document: Json, pointer: str, value: Json) -> Json:
    mutant = copy.deepcopy(document)
    holder, key = find(mutant, pointer)
    holder[key] = value
    return mutant


def changes_against(fact: Fact, value: Json) -> Iterator[Json]:
    """Yield replacements of a value that must not satisfy the fact."""
    if fact.demand == "is":
        yield from variants(value)
    elif fact.demand == "mentions":
        yield from (re.sub(word, "", one_line(str(value))) for word in fact.words)
    elif isinstance(value, dict):
        if fact.demand == "keys":
            yield from ({key: kept for key, kept in value.items() if key != lost} for lost in value)
            yield {**value, "added": "x"}
        else:
            yield from ({**value, word: "x"} for word in fact.words)


def variants(value: Json) -> Iterator[Json]:
    """Yield values that differ from the given value in one place."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from (value + 1, value - 1, str(value))
    elif isinstance(value, str):
        yield from (f"{value}x", value[:-1])
    elif isinstance(value, list):
        yield [*value, "added"]
        for index, item in enumerate(value):
            yield value[:index] + value[index + 1 :]
            yield from ([*value[:index], variant, *value[index + 1 :]] for variant in variants(item))
    elif isinstance(value, dict):
        yield {**value, "added": "x"}
        for key, item in value.items():
            yield {name: kept for name, kept in value.items() if name != key}
            yield from ({**value, key: variant} for variant in variants(item))
