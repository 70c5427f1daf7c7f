"""Ways to commit many batches: one after another, from threads, or from the tasks of an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

__all__ = ["CALLERS", "Batches", "in_tasks", "in_threads", "in_turn"]

CALLERS = 50
"""How many call at once, where not one after another."""

Batches = Callable[[Sequence[str]], list[str]]
"""Commits batches by their IDs and returns their states."""


def in_turn(commit: Callable[[str], str]) -> Batches:
    """Commit one batch after another."""
    return lambda batches: [commit(batch) for batch in batches]


def in_threads(commit: Callable[[str], str]) -> Batches:
    """Commit from as many threads as there are callers."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - must not count as memory of the others

    pool = ThreadPoolExecutor(CALLERS)
    return lambda batches: list(pool.map(commit, batches))


def in_tasks(commit: Callable[[str], Awaitable[str]]) -> Batches:
    """Commit from as many tasks as there are callers, on one event loop that lasts as long as the connections."""
    import asyncio  # noqa: PLC0415 - likewise

    loop = asyncio.new_event_loop()

    async def commit_all(batches: Sequence[str]) -> list[str]:
        remaining = iter(batches)
        states: list[str] = []

        async def call() -> None:
            for batch in remaining:
                states.append(await commit(batch))  # noqa: PERF401 - each caller has one call under way

        await asyncio.gather(*(call() for _ in range(CALLERS)))
        return states

    return lambda batches: loop.run_until_complete(commit_all(batches))
