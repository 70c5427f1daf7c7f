"""Tests of what spec-diff finds in addition to oasdiff, of how it parses oasdiff's output, and of its own output."""

from __future__ import annotations

import json

import pytest

from conformance.selftest.support.documents import ADDED, EDITS, REMOVED, edition
from scripts.specdiff.change import DocumentChange, Severity
from scripts.specdiff.contract import contract, differences
from scripts.specdiff.gaps import find_gaps, find_rest
from scripts.specdiff.oasdiff import OasdiffError, read_changes
from scripts.specdiff.text import MOST, head, lines

WORDING = ["changed description", "changed example", "changed comment", "changed order of required"]
APART = {"added region", "removed region", "changed first server", "changed OpenAPI version"}
"""Edits outside of the contract, which have rules of their own."""


def test_a_change_has_the_line_in_the_edition_that_contains_it() -> None:
    base, now = edition(name="v1:openapi.yaml"), edition()
    nowhere = {"id": "x", "text": "y", "level": 2, "section": "components"}

    assert read_changes(json.dumps([ADDED, REMOVED, nowhere]), base, now) == [
        DocumentChange(Severity.COMPATIBLE, "openapi.yaml:124", f"CommitAsyncJob: {ADDED['text']}", str(ADDED["id"])),
        DocumentChange(Severity.BREAKING, "v1:openapi.yaml:222", f"POST /v5: {REMOVED['text']}", str(REMOVED["id"])),
        DocumentChange(Severity.DOUBTFUL, "openapi.yaml, components", "y", "x"),
    ]


@pytest.mark.parametrize(
    "output", ["", "null", "{}", "[null]", '[{"id": "x", "level": 1}]', '[{"text": "", "level": 0}]']
)
def test_output_that_is_not_a_list_of_changes_is_refused(output: str) -> None:
    with pytest.raises(OasdiffError, match="did not print a list of changes"):
        read_changes(output, edition(), edition())


@pytest.mark.parametrize(
    ("name", "severity", "words"),
    [
        ("added region", Severity.COMPATIBLE, "added the server https://drs.xx-new-1.myhuaweicloud.com"),
        ("removed region", Severity.BREAKING, "removed the server https://drs.ae-ad-1.myhuaweicloud.com"),
        ("changed first server", Severity.BREAKING, "4.myhuaweicloud.com to https://drs.cn-north-1.myhuaweicloud.com"),
        (
            "removed default of a mandatory header",
            Severity.BREAKING,
            "Content-Type: the default changed from 'application/json' to none",
        ),
        ("changed OpenAPI version", Severity.DOUBTFUL, "openapi changed from 3.0.3 to 3.1.0"),
        ("changed style of lists", Severity.DOUBTFUL, "CommitAsyncJob: /parameters/3/explode differs"),
        ("closed object", Severity.DOUBTFUL, "/schema/additionalProperties differs"),
    ],
)
def test_changes_that_oasdiff_does_not_report_are_found(name: str, severity: Severity, words: str) -> None:
    [found] = find_gaps(edition(), edition(name))

    assert found.severity == severity
    assert words in found.text
    assert found.place.partition(":")[0] == "openapi.yaml"


def test_an_added_default_is_compatible() -> None:
    [found] = find_gaps(edition("removed default of a mandatory header"), edition())

    assert (found.severity, found.text.rpartition(": ")[2]) == (
        Severity.COMPATIBLE,
        "the default changed from none to 'application/json'",
    )


@pytest.mark.parametrize("name", WORDING)
def test_prose_examples_and_irrelevant_order_are_not_in_the_contract(name: str) -> None:
    assert list(find_gaps(edition(), edition(name))) == []
    assert list(find_rest(edition(), edition(name))) == []


@pytest.mark.parametrize("name", sorted(EDITS.keys() - APART - set(WORDING)))
def test_every_other_edit_is_a_difference_of_the_contract(name: str) -> None:
    assert list(find_rest(edition(), edition(name)))
    assert list(find_rest(edition(name), edition()))


def test_a_property_named_like_a_keyword_is_in_the_contract() -> None:
    described = edition(name="described.yaml")
    properties = described.specification.document["components"]["schemas"]["ServiceError"]["properties"]
    properties["example"] = {"type": "string"}

    [(pointer, removed)] = differences(contract(edition().specification), contract(described.specification))

    assert pointer.endswith("/responses/400/content/application~1json/schema/properties/example")
    assert not removed


def test_a_property_named_like_a_gap_of_oasdiff_is_left_to_oasdiff() -> None:
    styled = edition(name="styled.yaml")
    properties = styled.specification.document["components"]["schemas"]["ServiceError"]["properties"]
    properties["style"] = {"type": "string"}

    assert list(find_gaps(edition(), styled)) == []


def test_a_schema_that_contains_itself_is_compared() -> None:
    nested = edition(name="nested.yaml")
    properties = nested.specification.document["components"]["schemas"]["ServiceError"]["properties"]
    properties["cause"] = {"$ref": "#/components/schemas/ServiceError"}

    assert len(list(differences(contract(edition().specification), contract(nested.specification)))) == 1


def test_one_equals_one_but_not_true() -> None:
    assert list(differences({"a": [1]}, {"a": [1]})) == []
    assert list(differences({"a": [1]}, {"a": [True]})) == [("/a/0", False)]


def test_similar_changes_share_a_line_and_the_output_fits_a_screen() -> None:
    alike = [
        DocumentChange(Severity.BREAKING, "openapi.yaml:1", f"for the status {status}", "x")
        for status in range(400, 412)
    ]
    others = [DocumentChange(Severity.COMPATIBLE, f"openapi.yaml:{line}", "y", "y") for line in range(30)]

    first, *rest = lines([*others, *alike])
    assert first == "  breaking    openapi.yaml:1: for the status 400 (and 11 similar changes)"
    assert len(rest) == MOST
    assert rest[-1] == f"  and {31 - MOST} more; use ARGS=--all to print all"
    assert len(list(lines([*others, *alike], everything=True))) == 42
    assert head("openapi.yaml", "v1", "abc1234", [*others, *alike], words=True) == (
        "openapi.yaml since v1 (abc1234): 1 breaking, 30 compatible changes"
    )


def test_one_change_is_counted_as_one() -> None:
    [one] = [DocumentChange(Severity.DOUBTFUL, "openapi.yaml:1", "y", "y")]

    assert head("openapi.yaml", "v1", "abc1234", [one], words=True).endswith(": 1 doubtful change")
    assert head("openapi.yaml", "v1", "abc1234", [], words=True).endswith(": only the wording has changed")


def test_control_characters_in_a_document_are_escaped() -> None:
    [line] = lines([DocumentChange(Severity.BREAKING, "openapi.yaml:1", "removed `\x1b[2J\u202e`", "x")])

    assert line.endswith(r"removed `\x1b[2J\u202e`")
