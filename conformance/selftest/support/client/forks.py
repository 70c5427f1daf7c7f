"""Work in a forked process."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Any

from drs_batch_client import DrsError

if TYPE_CHECKING:
    from collections.abc import Callable

FORK = multiprocessing.get_context("fork")


def in_a_fork(work: Callable[[], object]) -> Any:  # noqa: ANN401 - what the work returns
    """Return what a function returns in a forked process, or the error that it raises."""
    ours, theirs = FORK.Pipe()

    def run() -> None:
        try:
            theirs.send(work())
        except DrsError as error:
            theirs.send(error)

    process = FORK.Process(target=run)
    process.start()
    result = ours.recv() if ours.poll(60) else None
    process.join(60)
    return result
