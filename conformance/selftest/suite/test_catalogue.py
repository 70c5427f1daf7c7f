"""The ids of the catalogue keep their meaning; `catalogue.yaml` beside this file holds what each was given for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.requirements.conditions import needs, profiles
from conformance.selftest.suite import snapshot
from conformance.spec import catalogue
from conformance.spec.catalogue import Level

REQUIREMENTS = tuple(catalogue.load())
FIRST, *OTHERS = REQUIREMENTS
KNOWN = {requirement.id: snapshot.meaning(requirement) for requirement in REQUIREMENTS}

CHANGES = {
    "vanished": (OTHERS, {}, f"{FIRST.id} has gone"),
    "new": ((*REQUIREMENTS, replace(FIRST, id="NEW-001")), {}, "NEW-001 is new"),
    "used again": (REQUIREMENTS, {FIRST.id: "no longer documented"}, f"{FIRST.id} was retired (no longer documented)"),
    "other level": ((replace(FIRST, level=Level.OBSERVE), *OTHERS), {}, f"{FIRST.id} has another level:"),
    "other title": ((replace(FIRST, title="Another"), *OTHERS), {}, f"{FIRST.id} has another title:"),
    "other clause": ((replace(FIRST, says="Another."), *OTHERS), {}, f"{FIRST.id} has another says:"),
    "other number": ((replace(FIRST, id="AUTH-999"), *OTHERS), {}, f"{FIRST.id} has gone"),
    "retired silently": (REQUIREMENTS, {"OLD-001": ""}, "OLD-001 is retired without a reason"),
}


def test_each_id_means_what_it_was_given_for() -> None:
    known, retired = snapshot.read()

    complaints = snapshot.differences(known, retired, REQUIREMENTS)

    assert not complaints, "\n".join(complaints)


def test_an_id_may_be_exercised_and_judged_otherwise() -> None:
    changed = replace(FIRST, exercised_by=("fuzzing",), pointer="/info")

    assert snapshot.differences(KNOWN, {}, (changed, *OTHERS)) == []


@pytest.mark.parametrize("case", CHANGES)
def test_any_change_of_meaning_is_named(case: str) -> None:
    requirements, retired, named = CHANGES[case]

    complaints = snapshot.differences(KNOWN, retired, requirements)

    assert complaints[0].startswith(named)


def test_a_retired_id_that_is_gone_is_in_order() -> None:
    known = {key: meaning for key, meaning in KNOWN.items() if key != FIRST.id}

    assert snapshot.differences(known, {FIRST.id: "no longer documented"}, OTHERS) == []


@pytest.mark.parametrize(
    ("key", "in_profiles", "option"),
    [
        ("AUTH-001", ("safe", "full"), None),
        ("AUTH-003", ("safe", "full"), "--foreign-project-id"),
        ("AUTH-009", ("full",), "--ready-job"),
        ("LIFE-003", ("full",), "--validating-job"),
        ("LIFE-009", ("full",), "a target that creates batches, as the mock does"),
        ("REQ-012", ("safe", "full"), None),
    ],
)
def test_what_exercises_a_requirement_decides_its_profiles_and_what_it_needs(
    key: str, in_profiles: tuple[str, ...], option: str | None
) -> None:
    requirement = catalogue.load()[key]

    assert (profiles(requirement), needs(requirement)) == (in_profiles, option)
