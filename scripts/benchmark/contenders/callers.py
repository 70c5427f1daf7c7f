"""Ways to commit many batches: sequentially, in threads, or in asyncio tasks."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import NamedTuple

__all__ = ["CALLERS", "Batches", "Target", "in_tasks", "in_threads", "in_turn", "start"]

CALLERS = 50
"""Number of concurrent callers."""

Batches = Callable[[Sequence[str]], list[str]]
"""A function that commits batches by ID and returns their states."""


class Target(NamedTuple):
    """The server that is called, and the credentials."""

    url: str
    project_id: str
    token: str
    access_key: str
    secret_key: str


@cache
def start(name: str, *target: str) -> Batches:
    """Return the function of a contender, such as `plain.by_header`, for the fields of a `Target`."""
    module, _, function = name.partition(".")
    contender = getattr(importlib.import_module(f"{__package__}.{module}"), function)
    batches: Batches = contender(Target(*target))
    return batches


def in_turn(commit: Callable[[str], str]) -> Batches:
    """Return a function that commits batches sequentially."""
    return lambda batches: [commit(batch) for batch in batches]


def in_threads(commit: Callable[[str], str]) -> Batches:
    """Return a function that commits batches in one thread per caller."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - must not count as memory of the other contenders

    pool = ThreadPoolExecutor(CALLERS)
    return lambda batches: list(pool.map(commit, batches))


def in_tasks(commit: Callable[[str], Awaitable[str]]) -> Batches:
    """Return a function that commits batches in one task per caller, on one event loop for all its calls."""
    import asyncio  # noqa: PLC0415 - see in_threads

    loop = asyncio.new_event_loop()

    async def commit_all(batches: Sequence[str]) -> list[str]:
        remaining = iter(batches)
        states: list[str] = []

        async def call() -> None:
            for batch in remaining:
                states.append(await commit(batch))  # noqa: PERF401 - each caller has one call at a time

        await asyncio.gather(*(call() for _ in range(CALLERS)))
        return states

    return lambda batches: loop.run_until_complete(commit_all(batches))
