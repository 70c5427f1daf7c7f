"""The inventory of rules and the catalogue agree, and no rule is without a disposition."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from conformance.spec import catalogue, yaml_files

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCUMENT = yaml_files.parse((catalogue.DIRECTORY / "inventory.yaml").read_text(encoding="utf-8"))
PAGES = yaml_files.parse((catalogue.DIRECTORY / "sources.yaml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = DOCUMENT["rules"]
IDS = {rule["id"] for rule in RULES}
CATALOGUE = {requirement.id for requirement in catalogue.load()}
DISPOSITIONS = {"judged_by", "not_judged"}
RFC_RULE = re.compile(r"(9110|9112|8259|6585|3986)-\d+(\.\d+)*-[a-z]")
PAGE_RULE = re.compile(r"(?P<page>[a-z]+(-zh)?)-\d+")
LEVELS = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "RECOMMENDED", "MAY", "OPTIONAL"}
PLAIN_LEVELS = {"must", "must not", "should", "should not", "plain"}


def _listed(key: str) -> Counter[str]:
    return Counter(identifier for rule in RULES for identifier in rule.get(key, ()))


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def test_no_two_rules_have_the_same_id() -> None:
    assert _repeated(rule["id"] for rule in RULES) == []


def test_each_rule_has_one_disposition() -> None:
    kinds = {rule["id"]: DISPOSITIONS & rule.keys() for rule in RULES}

    assert [key for key, kind in kinds.items() if kind != {"not_judged"} and not kind] == []
    assert [key for key, kind in kinds.items() if "not_judged" in kind and len(kind) > 1] == []
    assert [rule["id"] for rule in RULES for kind in kinds[rule["id"]] if not rule[kind]] == []


def test_each_rule_is_one_sentence_with_a_level() -> None:
    odd = [rule["id"] for rule in RULES if rule["level"] not in LEVELS | PLAIN_LEVELS or not rule["rule"].endswith(".")]

    assert odd == []


def test_each_rule_names_its_source_and_section() -> None:
    pages = PAGES.keys() | DOCUMENT["sources"].keys()
    for rule in RULES:
        page = PAGE_RULE.fullmatch(rule["id"])
        if page:
            assert page["page"] in pages, rule
        assert bool(page) == ("section" in rule), rule
        assert page or RFC_RULE.fullmatch(rule["id"]), rule


def test_each_requirement_is_named_by_a_rule_and_exists() -> None:
    judging = _listed("judged_by").keys()

    assert sorted(judging - CATALOGUE) == []
    assert sorted(CATALOGUE - judging) == []


def test_each_reason_is_defined_and_needed() -> None:
    assert {rule["not_judged"] for rule in RULES if "not_judged" in rule} == DOCUMENT["reasons"].keys()
    assert {why for anchor in DOCUMENT["anchors"].values() for why in anchor["left_out"]} == set(DOCUMENT["exclusions"])


@pytest.mark.parametrize("name", DOCUMENT["anchors"])
def test_each_item_of_an_anchor_is_a_rule_or_left_out_for_a_reason(name: str) -> None:
    anchor = DOCUMENT["anchors"][name]
    kept = [item for items in anchor["kept_as"].values() for item in items]
    left_out = [item for items in anchor["left_out"].values() for item in items]

    assert (len(kept), len(kept) + len(left_out)) == (anchor["kept"], anchor["count"])
    assert _repeated(kept + left_out) == []
    assert sorted(anchor["kept_as"].keys() - IDS) == []
