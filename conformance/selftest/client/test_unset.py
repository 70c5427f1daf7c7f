"""A field that is missing is `UNSET`, one object in each process, in copies and in results of workers too."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest
from attrs import asdict, evolve
from drs_batch_client.models import CommitResult, CommittedAsyncJob
from drs_batch_client.types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENT = {"job": {"async_job_id": "b1", "msg": "fine", "other": [1]}}


def pickled(protocol: int) -> Callable[[object], object]:
    """Return a function that copies a value by pickle."""
    return lambda value: pickle.loads(pickle.dumps(value, protocol))  # noqa: S301 - it is our own


COPIES: dict[str, Callable[[object], object]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": pickled(protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_copy_of_unset_is_unset(duplicate: Callable[[object], object]) -> None:
    assert duplicate(UNSET) is UNSET
    assert duplicate([UNSET]) == [UNSET]
    assert duplicate({"a": (UNSET, UNSET)}) == {"a": (UNSET, UNSET)}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_copy_of_a_result_is_equal_and_gives_the_same_json(duplicate: Callable[[object], object]) -> None:
    result = CommitResult.from_dict(DOCUMENT)
    other = duplicate(result)

    assert isinstance(other, CommitResult)
    assert other == result
    assert other.job.status is UNSET
    assert json.loads(json.dumps(other.to_dict())) == DOCUMENT


def test_a_worker_process_takes_and_returns_results() -> None:
    job = CommittedAsyncJob.from_dict(DOCUMENT["job"])
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as workers:
        returned = workers.submit(copy.deepcopy, job).result()
        shown = workers.submit(repr, job).result()

    assert returned == job
    assert returned.status is UNSET
    assert returned.to_dict() == DOCUMENT["job"]
    assert shown == repr(job)


def test_there_is_one_unset_with_a_stable_repr() -> None:
    assert Unset() is UNSET
    assert repr(UNSET) == str(UNSET) == "UNSET"
    assert "status=UNSET" in repr(CommittedAsyncJob("b1"))
    assert not UNSET


def test_functions_of_attrs_keep_it() -> None:
    job = CommittedAsyncJob("b1")

    assert asdict(job)["status"] is UNSET
    assert evolve(job, msg="m").status is UNSET
