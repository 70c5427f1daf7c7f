"""Each check that is disabled or inverted is detected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.proof.mutation import all_mutations, run_mutation
from conformance.proof.runs import perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.proof.results import Result
    from conformance.proof.runs import Mutation


@pytest.mark.parametrize("mutation", all_mutations(), ids=lambda mutation: f"{mutation.oracle}-{mutation.how}")
def test_a_disabled_or_inverted_check_is_detected(mutation: Mutation, record: Callable[[Result], None]) -> None:
    result = run_mutation(mutation, perform)
    record(result)

    assert result.detected_by is not None
