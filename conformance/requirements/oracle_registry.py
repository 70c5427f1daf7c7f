"""Registration of oracles, and judging by them.

An oracle is a small function that judges one answer, or one sequence of answers, by one requirement. It returns None
if its requirement does not apply. It is not called for an answer that violates what its requirement presupposes.

An oracle that raises, or that takes too long, makes its requirement *void* for that answer: neither met nor violated.
It raises `UndecidedError` itself to say that it cannot judge.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from conformance.errors import SuiteError
from conformance.exchange.exchange import Exchange, TransportFailure
from conformance.exchange.strict_json import KEPT, MalformedError
from conformance.requirements.time_limit import TooLongError, limited
from conformance.spec.openapi import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.requirements.time_limit import Limit
    from conformance.spec.catalogue import Catalogue

__all__ = [
    "KEPT",
    "Judge",
    "Judgement",
    "OnVoid",
    "UndecidedError",
    "exchange_oracles",
    "explanation",
    "judge",
    "judge_sequence",
    "judged_ids",
    "judged_scenarios",
    "mutated",
    "oracle",
    "passed",
    "sequence_oracle",
    "violated",
]


OBSERVED = 1 << 10
"""Characters of an observation that are kept, as each answer may make another one."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Judgement:
    """The result of an oracle.

    Attributes:
        passed: Whether the requirement is met.
        expected: The expected answer, as a phrase. Empty if the requirement is met.
        actual: The actual answer, as a phrase. For an observation, what was seen.
        by_code: Whether answers differ in their error_code alone, of which a target may have several for one cause.
    """

    passed: bool
    expected: str = ""
    actual: str = ""
    by_code: bool = False


PASSED = Judgement(passed=True)


class UndecidedError(Exception):
    """An oracle cannot judge an answer; the message says why, and repeats nothing of the answer."""


ExchangeOracle = Callable[[Exchange], Judgement | None]
SequenceOracle = Callable[[Sequence[Exchange]], Judgement | None]
OnVoid = Callable[[str, str], None]
"""Is told a requirement that is void for an answer, and why."""
Judge = Callable[[Exchange, "Catalogue", OnVoid], dict[str, Judgement]]
"""The type of `judge`."""


@dataclass(frozen=True)
class _Entry:
    ask: ExchangeOracle
    unanswered: bool
    schema: bool
    throttled: bool


_exchange: dict[str, _Entry] = {}


@dataclass(frozen=True)
class _SequenceEntry:
    ask: SequenceOracle
    scenarios: tuple[str, ...]
    unanswered: bool


_sequence: dict[str, _SequenceEntry] = {}


def passed(seen: str = "") -> Judgement:
    """Return that the requirement is met, and what was seen if it is an observation."""
    return Judgement(passed=True, actual=seen[:OBSERVED]) if seen else PASSED


def violated(expected: str, actual: str, *, by_code: bool = False) -> Judgement:
    """Return that the requirement is violated, with the expected and the actual answer."""
    return Judgement(passed=False, expected=expected[:KEPT], actual=actual[:KEPT], by_code=by_code)


def oracle(
    requirement_id: str, *, unanswered: bool = False, schema: bool = False, throttled: bool = False
) -> Callable[[ExchangeOracle], ExchangeOracle]:
    """Register a function as the oracle of one exchange.

    Args:
        requirement_id: The requirement that it judges by.
        unanswered: Whether it is called for exchanges without an answer as well.
        schema: Whether the schema of the answer states the same.
        throttled: Whether it judges the form of answers that ask to retry later as well.
    """

    def register(function: ExchangeOracle) -> ExchangeOracle:
        _check_unused(requirement_id)
        _exchange[requirement_id] = _Entry(function, unanswered, schema, throttled)
        return function

    return register


def sequence_oracle(
    requirement_id: str, *scenarios: str, unanswered: bool = False
) -> Callable[[SequenceOracle], SequenceOracle]:
    """Register a function as the oracle of all exchanges of a scenario, in order.

    Args:
        requirement_id: The requirement that it judges by.
        scenarios: The scenarios that it judges, each separately.
        unanswered: Whether it is called for scenarios in which a call got no answer as well.
    """

    def register(function: SequenceOracle) -> SequenceOracle:
        _check_unused(requirement_id)
        _sequence[requirement_id] = _SequenceEntry(function, scenarios, unanswered)
        return function

    return register


def _raise(requirement_id: str, reason: str) -> None:
    raise SuiteError(f"{requirement_id}: {reason}")


def judge(exchange: Exchange, catalogue: Catalogue, on_void: OnVoid = _raise) -> dict[str, Judgement]:
    """Call every oracle that applies to the exchange.

    An answer that asks the caller to retry later (429 or 503) is judged by its form at most.

    Args:
        exchange: The exchange.
        catalogue: The requirements.
        on_void: Is told each requirement that is void; raises `SuiteError` by default.
    """
    judgements: dict[str, Judgement] = {}
    broken: set[str] = set()  # violated, or not judged
    unanswered, throttled = isinstance(exchange.outcome, TransportFailure), exchange.throttled
    with limited() as limit:
        for requirement_id, presupposed in _order(catalogue):
            entry = _exchange[requirement_id]
            left_out = (unanswered and not entry.unanswered) or (throttled and not entry.throttled)
            if left_out or not broken.isdisjoint(presupposed):
                continue
            judgement, trouble = _asked(limit, requirement_id, entry.ask, exchange)
            if trouble:
                broken.add(requirement_id)
                on_void(requirement_id, f"{trouble} on the answer to request {exchange.number}")
            elif judgement is not None:
                judgements[requirement_id] = judgement
                if not judgement.passed:
                    broken.add(requirement_id)
        by_schema = {key: judgement.passed for key, judgement in judgements.items() if _exchange[key].schema}
        differing, trouble = _asked(limit, "the schema", _differs_from_schema, exchange, by_schema)
    for key in by_schema if differing or trouble else ():
        del judgements[key]
        on_void(key, f"{trouble or differing} on the answer to request {exchange.number}")
    return judgements


def _asked(limit: Limit, task: str, ask: Callable[..., _T], *evidence: object) -> tuple[_T | None, str]:
    """Return the result of a task on an answer, and an empty text; or None, and why there is no result."""
    try:
        limit.begin(task)
        result = ask(*evidence)
        limit.end()
    except TooLongError as error:
        return None, str(error)
    except UndecidedError as error:
        limit.end()
        return None, str(error)
    except Exception as error:  # noqa: BLE001 - the target may have found a flaw of an oracle, which must not end a run
        limit.end()
        *_, (frame, line) = walk_tb(error.__traceback__)
        # The message is left out, since it may repeat the answer.
        return None, f"the check failed with {type(error).__name__} in {Path(frame.f_code.co_filename).name}:{line}"
    return result, ""


def _differs_from_schema(exchange: Exchange, judged: dict[str, bool]) -> str:
    """Compare the oracles with the schema of the answer; return how they disagree, or an empty text.

    It checks the suite, not the target, so that an answer that takes much memory to validate is left out.
    """
    operation = exchange.situation.operation
    if not judged or operation is None or len(exchange.response.body) > KEPT:
        return ""
    try:
        body = exchange.response.json()
    except MalformedError:
        return ""
    specification = load()
    conforms = not specification.errors(specification.response_schema(operation, exchange.status), body)
    return "" if all(judged.values()) == conforms else "the check disagrees with the schema in openapi.yaml"


def judge_sequence(scenario: str, exchanges: Sequence[Exchange], on_void: OnVoid = _raise) -> dict[str, Judgement]:
    """Call every oracle that judges this scenario as a whole; `on_void` as for `judge`."""
    if not exchanges or any(exchange.throttled for exchange in exchanges):
        return {}
    whole = not any(isinstance(exchange.outcome, TransportFailure) for exchange in exchanges)
    found: dict[str, Judgement] = {}
    with limited() as limit:
        for key, entry in _sequence.items():
            if scenario in entry.scenarios and (whole or entry.unanswered):
                judgement, trouble = _asked(limit, key, entry.ask, exchanges)
                if trouble:
                    on_void(key, f"{trouble} on the answers to scenario {scenario}")
                elif judgement is not None:
                    found[key] = judgement
    return found


def judged_ids() -> frozenset[str]:
    """Return the IDs of all requirements that have an oracle."""
    return frozenset(_exchange) | frozenset(_sequence)


def judged_scenarios() -> dict[str, tuple[str, ...]]:
    """Return the scenarios that each oracle of sequences judges, by requirement."""
    return {key: entry.scenarios for key, entry in _sequence.items()}


def explanation(requirement_id: str) -> str:
    """Return the docstring of a requirement's oracle."""
    function: object = _exchange[requirement_id].ask if requirement_id in _exchange else _sequence[requirement_id].ask
    return " ".join((function.__doc__ or "").split())


@contextmanager
def mutated(requirement_id: str, how: Literal["dropped", "negated"]) -> Iterator[None]:
    """Disable or invert an oracle while the block runs; raises `KeyError` if there is none.

    Args:
        requirement_id: The requirement that it judges by.
        how: "dropped" if it never judges, "negated" if it returns the opposite.
    """
    entries: dict[str, Any] = _exchange if requirement_id in _exchange else _sequence
    original = entries[requirement_id]

    def mutant(evidence: Any) -> Judgement | None:  # noqa: ANN401 - one exchange or several
        judgement: Judgement | None = original.ask(evidence) if how == "negated" else None
        return judgement and Judgement(not judgement.passed, "the opposite", "the answer that the oracle expects")

    entries[requirement_id] = replace(original, ask=mutant)
    try:
        yield
    finally:
        entries[requirement_id] = original


def exchange_oracles(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the IDs of the oracles of single exchanges, each after the IDs that it presupposes."""
    return tuple(key for key, _ in _order(catalogue))


@functools.lru_cache(maxsize=4)
def _order(catalogue: Catalogue) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, catalogue[key].presupposes) for key in catalogue.by_dependency if key in _exchange)


def _check_unused(requirement_id: str) -> None:
    if requirement_id in _exchange or requirement_id in _sequence:
        raise SuiteError(f"{requirement_id} has two oracles")
