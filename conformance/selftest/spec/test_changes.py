"""What spec-diff finds between two editions beside oasdiff, what it reads of oasdiff's answer, and how it tells it."""

from __future__ import annotations

import json

import pytest

from conformance.selftest.spec.documents import ADDED, EDITS, REMOVED, edition
from scripts.specdiff.change import Change, Severity
from scripts.specdiff.contract import contract, differences
from scripts.specdiff.gaps import find_gaps, find_rest
from scripts.specdiff.oasdiff import OasdiffError, read_changes
from scripts.specdiff.text import MOST, head, lines

WORDS = ["another description", "another example", "another comment", "another order of what is required"]
APART = {"a region more", "a region less", "another first server", "another OpenAPI"}
"""Edits of what is no part of the contract, and compared by rules of its own."""


def test_the_place_of_a_change_is_its_line_in_the_edition_that_has_it() -> None:
    base, now = edition(name="v1:openapi.yaml"), edition()
    nowhere = {"id": "x", "text": "y", "level": 2, "section": "components"}

    assert read_changes(json.dumps([ADDED, REMOVED, nowhere]), base, now) == [
        Change(Severity.COMPATIBLE, "openapi.yaml:124", f"CommitAsyncJob: {ADDED['text']}", str(ADDED["id"])),
        Change(Severity.BREAKING, "v1:openapi.yaml:222", f"POST /v5: {REMOVED['text']}", str(REMOVED["id"])),
        Change(Severity.DOUBTFUL, "openapi.yaml, components", "y", "x"),
    ]


@pytest.mark.parametrize(
    "output", ["", "null", "{}", "[null]", '[{"id": "x", "level": 1}]', '[{"text": "", "level": 0}]']
)
def test_an_answer_that_is_no_list_of_changes_is_refused(output: str) -> None:
    with pytest.raises(OasdiffError, match="something else than a list of changes"):
        read_changes(output, edition(), edition())


@pytest.mark.parametrize(
    ("name", "severity", "words"),
    [
        ("a region more", Severity.COMPATIBLE, "added the server https://drs.xx-new-1.myhuaweicloud.com"),
        ("a region less", Severity.BREAKING, "removed the server https://drs.ae-ad-1.myhuaweicloud.com"),
        ("another first server", Severity.BREAKING, "is https://drs.cn-north-1.myhuaweicloud.com and no longer"),
        (
            "no default that is sent unasked",
            Severity.BREAKING,
            "Content-Type: the default was 'application/json', and is none",
        ),
        ("another OpenAPI", Severity.DOUBTFUL, "OpenAPI 3.1.0, which a reader of 3.0.3 may not understand"),
        ("another way of writing lists", Severity.DOUBTFUL, "CommitAsyncJob: /parameters/3/explode differs"),
        ("no fields but the documented", Severity.DOUBTFUL, "/schema/additionalProperties differs"),
    ],
)
def test_what_oasdiff_does_not_look_at_is_found(name: str, severity: Severity, words: str) -> None:
    [found] = find_gaps(edition(), edition(name))

    assert found.severity == severity
    assert words in found.text
    assert found.place.partition(":")[0] == "openapi.yaml"


def test_a_default_that_is_new_breaks_nothing() -> None:
    [found] = find_gaps(edition("no default that is sent unasked"), edition())

    assert (found.severity, found.text.rpartition(": ")[2]) == (
        Severity.COMPATIBLE,
        "the default was none, and is 'application/json'",
    )


@pytest.mark.parametrize("name", WORDS)
def test_words_examples_and_an_order_that_means_nothing_do_not_bind(name: str) -> None:
    assert list(find_gaps(edition(), edition(name))) == []
    assert list(find_rest(edition(), edition(name))) == []


@pytest.mark.parametrize("name", sorted(EDITS.keys() - APART - set(WORDS)))
def test_whatever_else_is_edited_is_a_difference_of_the_contract(name: str) -> None:
    assert list(find_rest(edition(), edition(name)))
    assert list(find_rest(edition(name), edition()))


def test_a_property_called_as_a_keyword_binds() -> None:
    described = edition(name="described.yaml")
    properties = described.specification.document["components"]["schemas"]["ServiceError"]["properties"]
    properties["example"] = {"type": "string"}

    [(pointer, gone)] = differences(contract(edition().specification), contract(described.specification))

    assert pointer.endswith("/responses/400/content/application~1json/schema/properties/example")
    assert not gone


def test_a_property_that_is_called_as_a_gap_of_oasdiff_is_left_to_it() -> None:
    styled = edition(name="styled.yaml")
    properties = styled.specification.document["components"]["schemas"]["ServiceError"]["properties"]
    properties["style"] = {"type": "string"}

    assert list(find_gaps(edition(), styled)) == []


def test_a_schema_that_contains_itself_is_compared() -> None:
    nested = edition(name="nested.yaml")
    properties = nested.specification.document["components"]["schemas"]["ServiceError"]["properties"]
    properties["cause"] = {"$ref": "#/components/schemas/ServiceError"}

    assert len(list(differences(contract(edition().specification), contract(nested.specification)))) == 1


def test_an_item_is_no_difference_from_itself_but_one_from_true() -> None:
    assert list(differences({"a": [1]}, {"a": [1]})) == []
    assert list(differences({"a": [1]}, {"a": [True]})) == [("/a/0", False)]


def test_like_changes_share_a_line_and_no_more_are_told_than_fit_a_screen() -> None:
    alike = [Change(Severity.BREAKING, "openapi.yaml:1", f"for the status {status}", "x") for status in range(400, 412)]
    others = [Change(Severity.COMPATIBLE, f"openapi.yaml:{line}", "y", "y") for line in range(30)]

    first, *rest = lines([*others, *alike])
    assert first == "  breaking    openapi.yaml:1: for the status 400 (and 11 more like it)"
    assert len(rest) == MOST
    assert rest[-1] == f"  and {31 - MOST} more, which ARGS=--all shows"
    assert len(list(lines([*others, *alike], everything=True))) == 42
    assert head("openapi.yaml", "v1", "abc1234", [*others, *alike], words=True) == (
        "openapi.yaml since v1 (abc1234): 1 breaking, 30 compatible changes"
    )


def test_one_change_is_counted_as_one() -> None:
    [one] = [Change(Severity.DOUBTFUL, "openapi.yaml:1", "y", "y")]

    assert head("openapi.yaml", "v1", "abc1234", [one], words=True).endswith(": 1 doubtful change")
    assert head("openapi.yaml", "v1", "abc1234", [], words=True).endswith(": words alone have changed")


def test_what_a_document_says_cannot_steer_a_terminal() -> None:
    [line] = lines([Change(Severity.BREAKING, "openapi.yaml:1", "removed `\x1b[2J\u202e`", "x")])

    assert line.endswith(r"removed `\x1b[2J\u202e`")
