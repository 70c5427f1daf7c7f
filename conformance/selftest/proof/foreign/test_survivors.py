"""The server of others itself, and the list of its mutants of which nothing is reported."""

from __future__ import annotations

from conformance.selftest.proof.foreign.survivors import FEW, PROGRAM, SERVER, SURVIVORS
from conformance.selftest.proof.foreign.trial import Noticed, noticed


def test_nothing_is_reported_of_the_server_as_its_author_wrote_it() -> None:
    assert noticed(SERVER.read_text(encoding="utf-8"), SERVER) == Noticed("nothing")


def test_a_program_that_does_not_start_is_told_from_one_that_is_wrong() -> None:
    assert noticed("raise SystemExit", SERVER) == Noticed("not started")


def test_each_survivor_is_a_mutant_with_the_change_that_the_reason_is_about() -> None:
    changes = {key: PROGRAM.mutants[key].change for key in SURVIVORS}

    assert changes == {key: survivor.change for key, survivor in SURVIVORS.items()}


def test_each_survivor_has_a_reason() -> None:
    assert {survivor.kind for survivor in SURVIVORS.values()} <= {"equivalent", "allowed", "unseen", "either"}
    assert all(survivor.why.endswith(".") for survivor in SURVIVORS.values())


def test_the_mutants_of_each_change_are_to_be_noticed() -> None:
    assert FEW
    assert not set(FEW) & set(SURVIVORS)
