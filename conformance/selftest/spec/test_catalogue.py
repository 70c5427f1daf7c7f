"""The IDs of the catalogue keep their meaning, which is recorded in `catalogue.yaml` beside this file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.errors import CatalogueError
from conformance.requirements.conditions import needs, profiles
from conformance.selftest.support import snapshot
from conformance.spec import catalogue
from conformance.spec.catalogue import Catalogue, Level

REQUIREMENTS = tuple(catalogue.load())
FIRST, *OTHERS = REQUIREMENTS
KNOWN = {requirement.id: snapshot.meaning(requirement) for requirement in REQUIREMENTS}

CHANGES = {
    "removed": (OTHERS, {}, f"{FIRST.id} is missing"),
    "new": ((*REQUIREMENTS, replace(FIRST, id="NEW-001")), {}, "NEW-001 is new"),
    "used again": (REQUIREMENTS, {FIRST.id: "no longer documented"}, f"{FIRST.id} was retired (no longer documented)"),
    "other level": ((replace(FIRST, level=Level.OBSERVE), *OTHERS), {}, f"{FIRST.id} has another level:"),
    "other title": ((replace(FIRST, title="Another"), *OTHERS), {}, f"{FIRST.id} has another title:"),
    "other clause": ((replace(FIRST, says="Another."), *OTHERS), {}, f"{FIRST.id} has another says:"),
    "other number": ((replace(FIRST, id="AUTH-999"), *OTHERS), {}, f"{FIRST.id} is missing"),
    "retired without a reason": (REQUIREMENTS, {"OLD-001": ""}, "OLD-001 is retired without a reason"),
}


def test_each_id_keeps_its_meaning() -> None:
    known, retired = snapshot.read()

    differences = snapshot.differences(known, retired, REQUIREMENTS)

    assert not differences, "\n".join(differences)


def test_how_an_id_is_exercised_may_change() -> None:
    changed = replace(FIRST, exercised_by=("fuzzing",), pointer="/info")

    assert snapshot.differences(KNOWN, {}, (changed, *OTHERS)) == []


@pytest.mark.parametrize("case", CHANGES)
def test_each_change_of_the_meaning_is_reported(case: str) -> None:
    requirements, retired, named = CHANGES[case]

    differences = snapshot.differences(KNOWN, retired, requirements)

    assert differences[0].startswith(named)


def test_requirements_that_explain_each_other_are_refused() -> None:
    one = replace(FIRST, id="NEW-001", explained_by=("NEW-002",))
    other = replace(FIRST, id="NEW-002", explained_by=(), same_status_as=("NEW-001",))

    with pytest.raises(CatalogueError, match="explain each other"):
        Catalogue([one, other])


def test_a_retired_id_may_be_missing() -> None:
    known = {key: meaning for key, meaning in KNOWN.items() if key != FIRST.id}

    assert snapshot.differences(known, {FIRST.id: "no longer documented"}, OTHERS) == []


@pytest.mark.parametrize(
    ("key", "in_profiles", "option"),
    [
        ("AUTH-001", ("safe", "full"), None),
        ("AUTH-003", ("safe", "full"), "--foreign-project-id"),
        ("AUTH-009", ("full",), "--ready-job"),
        ("AUTH-012", ("full",), "--foreign-token"),
        ("LIFE-003", ("full",), "--validating-job"),
        ("LIFE-009", ("full",), "--foreign-job"),
        ("REQ-012", ("safe", "full"), None),
    ],
)
def test_profiles_and_needs_follow_from_the_scenarios(
    key: str, in_profiles: tuple[str, ...], option: str | None
) -> None:
    requirement = catalogue.load()[key]

    assert (profiles(requirement), needs(requirement)) == (in_profiles, option)
