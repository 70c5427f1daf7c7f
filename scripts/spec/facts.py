"""The table of facts that the OpenAPI document must state, and the check of a document against it."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = Any
"""Any JSON value; a recursive type would require an assertion at each level of a document."""

TABLE = Path(__file__).with_name("facts.yaml")
DEMANDS = ("is", "mentions", "keys", "lacks")


@dataclass(frozen=True)
class Fact:
    """One row of facts.yaml, whose head comment describes the demands."""

    id: str
    says: str
    at: str
    demand: str
    wanted: Json

    def holds(self, document: Json) -> bool:
        """Return whether the document states the fact."""
        try:
            found = value_at(document, self.at)
        except LookupError:
            return False
        if self.demand == "is":
            return canonical(found) == canonical(self.wanted)
        if self.demand == "mentions":
            return isinstance(found, str) and all(re.search(word, one_line(found)) for word in self.words)
        if not isinstance(found, dict):
            return False
        if self.demand == "keys":
            return set(found) == set(self.words)
        return not set(found) & set(self.words)

    @property
    def words(self) -> list[str]:
        """The list that the demand requires; empty if it requires a single value."""
        return [str(word) for word in self.wanted] if isinstance(self.wanted, list) else []


@dataclass(frozen=True)
class Uncovered:
    """Places of the document that need no fact, as a regular expression for their JSON pointers."""

    at: str
    because: str


@functools.cache
def read_facts() -> list[Fact]:
    """Read the table of facts; raises `ValueError` if a row does not have exactly one demand."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    rows = [(section, row) for group in ("page", "decided") for section in table[group] for row in section["facts"]]
    facts = []
    for section, row in rows:
        demands = row.keys() - {"id", "says", "at", "for"}
        if len(demands) != 1 or not demands <= set(DEMANDS):
            raise ValueError(
                f"{row['id']}: the demands are {sorted(demands)}; write exactly one of {', '.join(DEMANDS)}"
            )
        demand = demands.pop()
        at = row.get("at", "")
        pointer = at if at.startswith("/") else "/".join(part for part in (section["under"], at) if part)
        facts += [
            Fact(f"{row['id']}-{item}".rstrip("-"), row["says"], pointer.replace("@", item), demand, row[demand])
            for item in row.get("for", [""])
        ]
    return facts


def read_uncovered() -> list[Uncovered]:
    """Read the places that need no fact."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return [Uncovered(**row) for row in table["uncovered"]]


def find(document: Json, pointer: str) -> tuple[Json, str | int]:
    """Return the mapping or list that contains a place, and the key or index of the place; raises `LookupError`.

    Each `$ref` on the path to the place is followed, but not one at the place itself.
    """
    *parents, last = (token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
    node = document
    for token in parents:
        holder, key = _child(follow(document, node), token)
        node = holder[key]
    return _child(node if last == "$ref" else follow(document, node), last)


def value_at(document: Json, pointer: str) -> Json:
    """Return the value at a place, following a `$ref` at the place; raises `LookupError`."""
    holder, key = find(document, pointer)
    return follow(document, holder[key])


def follow(document: Json, node: Json) -> Json:
    """Return the target of a reference, or a node that is not a reference; raises `LookupError`."""
    if isinstance(node, dict) and isinstance(reference := node.get("$ref"), str):
        return value_at(document, reference.removeprefix("#"))
    return node


def leaves(node: Json, pointer: str = "") -> Iterator[str]:
    """Yield the JSON pointer of each value without children; references are included, not followed."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from leaves(value, f"{pointer}/{escape(str(key))}")
    if not isinstance(node, (dict, list)) or not node:
        yield pointer


def escape(token: str) -> str:
    """Escape a key for a JSON pointer."""
    return token.replace("~", "~0").replace("/", "~1")


def one_line(text: str) -> str:
    """Return a text on one line, with each run of white space replaced by a space."""
    return " ".join(text.split())


def canonical(value: Json) -> str:
    """Serialize a value so that equal texts mean equal JSON; in Python, `1 == True`."""
    return json.dumps(value, sort_keys=True)


def _child(node: Json, token: str) -> tuple[Json, str | int]:
    if isinstance(node, dict) and token in node:
        return node, token
    if isinstance(node, list) and token.isdecimal() and int(token) < len(node):
        return node, int(token)
    raise LookupError(token)
