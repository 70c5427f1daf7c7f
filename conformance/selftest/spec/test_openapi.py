"""The document, as the package reads it."""

from __future__ import annotations

from conformance.spec.openapi import EXAMPLE_PROJECT_ID, Effect, Specification, load

DOCUMENT = """
openapi: 3.0.3
info: {title: t, version: 1.0.0}
paths:
  /a: {get: {operationId: A, x-effect: none}, post: {operationId: B, x-effect: creates}}
  /a/{async_job_id}:
    put: {operationId: C, x-effect: bills}
    delete: {operationId: D}
    get: {operationId: E, x-effect: perhaps}
"""


def test_the_project_of_runs_without_one_is_the_example_of_the_document() -> None:
    assert load().at("/components/parameters/ProjectId/example") == EXAMPLE_PROJECT_ID


def test_each_operation_of_the_document_declares_its_effect() -> None:
    assert [operation for operation in load().operations if operation.effect is None] == []


def test_an_effect_that_is_missing_or_unknown_is_none_at_all() -> None:
    operations = {operation.id: operation for operation in Specification(DOCUMENT.encode()).operations}

    assert {name: operation.effect for name, operation in operations.items()} == {
        "A": Effect.NONE,
        "B": Effect.CREATES,
        "C": Effect.BILLS,
        "D": None,
        "E": None,
    }
    assert {name for name, operation in operations.items() if operation.names_batch} == {"C", "D", "E"}
