"""A soak test of the client: what callers are told agrees with what a server did, over many calls of all kinds.

`python -m conformance.selftest.support.client.soak --calls 20000 --seed 1` takes some minutes. The seed decides what
happens to each call; the order in which calls meet is that of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from drs_batch_client import AccessKeyAuth, DrsError, PasswordAuth, Retries, TokenAuth, connect, connect_async

from conformance.selftest.support.client.doors import PROJECT, TOKEN
from conformance.selftest.support.client.forks import in_a_fork
from conformance.selftest.support.client.soak_server import ENDS, Plan, plan_of, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drs_batch_client import AsyncDrsClient, DrsClient

    from conformance.selftest.support.client.soak_server import Record

ROUND = 60
CALLERS = 8
ATTEMPTS = 4
SHORT = 0.2
"""Seconds that a call may take if it gets no answer."""


@dataclass(frozen=True)
class Outcome:
    """What a caller was told: `job`, `cancelled`, or the name of the error; and the number of attempts if known."""

    batch: str
    told: str
    attempts: int | None = None


@dataclass(frozen=True)
class Report:
    """What a run has shown."""

    told: Counter[str]
    committed: int
    disagreements: list[str]


def soak(calls: int, seed: int) -> Report:
    """Make calls in rounds: from threads, in one event loop after another, and in forked processes."""
    outcomes: dict[str, tuple[Outcome, bool]] = {}
    with serving(seed) as (url, end), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # event loops are closed with connections open
        user = PasswordAuth(user="user", password="a-password", domain="domain", iam_url=url)
        auths = [TokenAuth(TOKEN), user, AccessKeyAuth(access_key="ACCESS-KEY", secret_key="a-secret-key")]
        how: dict[str, Any] = {"base_url": url, "project_id": PROJECT, "retries": Retries(attempts=ATTEMPTS, wait=0)}
        clients = [(connect(auth=auth, **how), connect_async(auth=auth, **how)) for auth in auths]
        for number, start in enumerate(range(0, calls, ROUND)):
            batches = [f"{seed}-{call}" for call in range(start, min(start + ROUND, calls))]
            blocking, asynchronous = clients[number % len(clients)]
            ways: list[Callable[[], list[Outcome]]] = [
                partial(in_threads, blocking, batches),
                partial(in_a_loop, asynchronous, batches),
                partial(in_forks, blocking, batches),
            ]
            done = ways[number // len(clients) % len(ways)]()
            outcomes |= {outcome.batch: (outcome, auths[number % len(auths)] is user) for outcome in done}
            gc.collect()
        for blocking, _ in clients:
            blocking.close()
        record = end()
    disagreements = [f"{calls - len(outcomes)} calls have no outcome"] if len(outcomes) != calls else []
    for outcome, renews in outcomes.values():
        disagreements += disagreeing(outcome, plan_of(outcome.batch), record, renews=renews)
    return Report(Counter(outcome.told for outcome, _ in outcomes.values()), record.committed.total(), disagreements)


def in_threads(client: DrsClient, batches: Sequence[str]) -> list[Outcome]:
    with ThreadPoolExecutor(CALLERS) as threads:
        return list(threads.map(partial(commit, client), batches))


def in_forks(client: DrsClient, batches: Sequence[str]) -> list[Outcome]:
    """Call in two forked processes and in their parent, at the same time, with one client."""

    def work(part: Sequence[str]) -> list[Outcome]:
        return [commit(client, batch) for batch in part]

    with ThreadPoolExecutor(2) as threads:
        children = [threads.submit(in_a_fork, partial(work, batches[first::3])) for first in (1, 2)]
        done = work(batches[::3])
        return done + [outcome for child in children for outcome in child.result() or ()]


def in_a_loop(client: AsyncDrsClient, batches: Sequence[str]) -> list[Outcome]:
    async def one(batch: str) -> Outcome:
        async with limit:
            return await commit_async(client, batch)

    async def run() -> list[Outcome]:
        return await asyncio.gather(*map(one, batches))

    limit = asyncio.Semaphore(2 * CALLERS)
    return asyncio.run(run())


def limit_of(plan: Plan) -> float | None:
    return SHORT if plan.is_silent else None


def commit(client: DrsClient, batch: str) -> Outcome:
    try:
        response = client.with_response.commit_async_job(batch, deadline=limit_of(plan_of(batch)))
    except Exception as error:  # noqa: BLE001 - anything but a DrsError is a disagreement
        return failed(batch, error)
    return succeeded(batch, response.parsed.async_job_id, response.attempts)


async def commit_async(client: AsyncDrsClient, batch: str) -> Outcome:
    plan = plan_of(batch)
    try:
        with anyio.move_on_after(plan.patience):
            response = await client.with_response.commit_async_job(batch, deadline=limit_of(plan))
            return succeeded(batch, response.parsed.async_job_id, response.attempts)
    except Exception as error:  # noqa: BLE001 - anything but a DrsError is a disagreement
        return failed(batch, error)
    return Outcome(batch, "cancelled")


def succeeded(batch: str, answered: str, attempts: int) -> Outcome:
    return Outcome(batch, "job" if answered == batch else f"the job {answered}", attempts)


def failed(batch: str, error: Exception) -> Outcome:
    name = type(error).__name__
    if not isinstance(error, DrsError):
        return Outcome(batch, f"{name}: {error}")
    if error.async_job_id != batch:
        return Outcome(batch, f"{name} of batch {error.async_job_id}")
    return Outcome(batch, name, error.attempts)


UNKNOWN = {"OutcomeUnknownError", "UnexpectedAnswerError"}


def disagreeing(outcome: Outcome, plan: Plan, record: Record, *, renews: bool) -> Iterator[str]:
    """Yield what a caller was told and should not have been; `renews` is whether the token is renewed after a 401."""
    received, committed = record.received[outcome.batch], record.committed[outcome.batch]
    facts = f"{outcome}, {plan}, received {received} times, committed {committed} times"
    if committed > 1:
        yield f"committed twice: {facts}"
    if committed != 1 and outcome.told == "job":
        yield f"told of a commit that did not happen: {facts}"
    if committed and outcome.told not in {"job", "cancelled", *UNKNOWN}:
        yield f"told that nothing was committed: {facts}"
    if outcome.told not in expected(plan, renews=renews):
        yield f"told something else than planned: {facts}"
    if outcome.told in {"job", "RefusedError", "UnexpectedAnswerError"} and outcome.attempts != received:
        yield f"told of another number of attempts: {facts}"


def expected(plan: Plan, *, renews: bool) -> set[str]:
    """Return what the caller may be told."""
    others = {"TransportError"} if renews else set[str]()  # IAM fails now and then
    if plan.is_silent:  # on a busy machine, the deadline may end in any attempt
        others |= {"TransportError", "OutcomeUnknownError", "ThrottledError", "UnavailableError", "AuthenticationError"}
    if plan.patience is not None:
        others.add("cancelled")
    attempts = 0
    for step in plan.steps:
        attempts += 1
        if step in ENDS:
            return {ENDS[step][1], *others}
        if step == "unauthorized" and not renews:
            return {"AuthenticationError", *others}
        if step == "unauthorized":
            renews, attempts = False, 0
        elif attempts == ATTEMPTS:
            return {"ThrottledError" if step == "throttled" else "UnavailableError", *others}
    raise AssertionError("a plan has an end")


def main() -> int:
    """Run it, print what it has shown, and return 1 if anything disagrees."""
    parser = argparse.ArgumentParser(prog="soak", description="Try the client on a server that fails at random.")
    parser.add_argument("--calls", type=int, default=20_000, help="number of calls (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="decides what happens to each call (default: %(default)s)")
    options = parser.parse_args()
    report = soak(options.calls, options.seed)
    for told, number in sorted(report.told.items()):
        print(f"{number:7} {told}")  # noqa: T201 - output of the script
    print(f"{report.committed:7} batches committed, {len(report.disagreements)} disagreements")  # noqa: T201 - likewise
    print(*report.disagreements[:20], sep="\n")  # noqa: T201 - likewise
    return 1 if report.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
