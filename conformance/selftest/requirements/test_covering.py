"""Covering arrays have each pair of values, and few combinations."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from conformance.requirements.covering import pairs_covered

sizes = st.lists(st.integers(1, 9), min_size=2, max_size=6)


@given(sizes)
def test_each_pair_of_values_occurs(numbers: list[int]) -> None:
    rows = pairs_covered(*map(range, numbers))

    for one, other in combinations(range(len(numbers)), 2):
        assert {(row[one], row[other]) for row in rows} == set(product(range(numbers[one]), range(numbers[other])))


@given(sizes)
def test_there_are_few_combinations_and_no_two_are_equal(numbers: list[int]) -> None:
    rows = pairs_covered(*map(range, numbers))
    largest, second, *_ = sorted(numbers, reverse=True)

    assert len(set(rows)) == len(rows) <= 2 * largest * second + len(numbers)
    assert rows[0] == (0,) * len(numbers)
    assert rows == pairs_covered(*map(range, numbers))
