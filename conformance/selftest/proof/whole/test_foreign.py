"""What the suite says of the mutants of a server of others; `--mutants all` runs each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.proof.foreign import ForeignMutant
from conformance.selftest.proof.foreign.survivors import FEW, PROGRAM, SERVER, SURVIVORS
from conformance.selftest.proof.foreign.trial import noticed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conformance.proof.results import Result


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    everything = metafunc.config.getoption("--mutants") == "all"
    metafunc.parametrize("key", PROGRAM.mutants if everything else FEW)


def test_a_mutant_is_noticed_unless_it_is_listed_with_a_reason(key: str, record: Callable[[Result], None]) -> None:
    seen = noticed(PROGRAM.source(key), SERVER)
    listed = SURVIVORS[key].kind if key in SURVIVORS else ""
    run = ForeignMutant(key, PROGRAM.mutants[key].operator, seen.kind, listed, len(PROGRAM.mutants))
    record(run)

    assert run.objection == "", (PROGRAM.mutants[key].change, seen)
