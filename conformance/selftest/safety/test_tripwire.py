"""Tests that the profile *safe* changes nothing on a server, even on one that parses requests loosely.

DRS_SELFTEST_SAFE_RUNS is the number of runs, each with a random seed and random options (default: 12).
"""

from __future__ import annotations

import os
import random
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import main
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.embedded import EmbeddedServer
from conformance.mock.settings import FOREIGN_PROJECT_ID, FOREIGN_TOKEN, PROJECT_ID, TOKEN, MockSettings
from conformance.selftest.support.tripwire import GUESSABLE, Message, Tripwire, tripwired
from conformance.spec import catalogue
from conformance.target.batches import Batches

RUNS = int(os.environ.get("DRS_SELFTEST_SAFE_RUNS", "12"))
RANDOM_ID = "0b7c1f0e-5d0a-4c55-9a51-3f2b1c0d4e5f"
EXISTING = "6f1d2c3b-4a59-4e68-8b77-1a2b3c4d5e6f"
BASE = f"/v5/{PROJECT_ID}/batch-async-jobs"
JOBS = ("ready", "validating", "failed", "committed")


def _message(method: str = "POST", path: str = f"/{RANDOM_ID}/commit", **more: Any) -> Message:  # noqa: ANN401
    return Message(method, f"{BASE}{path}", **more)


@pytest.mark.parametrize(
    "message",
    [
        _message(),
        _message("GET"),
        _message("DELETE"),
        _message(path=f"/{RANDOM_ID.upper()}/commit"),
        _message(path=f"/{uuid.UUID(RANDOM_ID).hex}/commit"),
        _message(path=f"/{uuid.UUID(RANDOM_ID).int}/commit"),
        _message(path=f"/{RANDOM_ID}-0/commit"),
        _message(path=f"/{RANDOM_ID}-a%20b%00c%3Bd/commit"),
        _message(path=f"/{RANDOM_ID}/commit/"),
        _message(path=f"/{RANDOM_ID}//COMMIT"),
        _message(path=f"/{RANDOM_ID}/%63ommit"),
        _message(path=f"/{RANDOM_ID}/commit?x=1"),
        _message(path=f"/{RANDOM_ID}/commit?async_job_id="),
        _message(path=f"/{RANDOM_ID}-{PROJECT_ID}/commit"),
        _message(body=b'{"jobs": []}'),
        _message(body=b"[" * 10**5),
        Message("POST", f"/v5/..%2F../batch-async-jobs/{RANDOM_ID}/commit"),
        Message("GET", "/_mock/"),
        Message("OPTIONS", "*"),
    ],
    ids=str,
)
def test_a_harmless_request_does_not_trip_the_wire(message: Message) -> None:
    assert Tripwire([EXISTING, PROJECT_ID]).objection(message) is None


@pytest.mark.parametrize(
    "message",
    [
        _message(path=f"/{EXISTING}/commit"),
        _message("GET", f"/{EXISTING}/commit"),
        _message("HEAD", f"/{EXISTING}"),
        _message(path=f"/{EXISTING.upper()}/commit"),
        _message(path=f"/{EXISTING}%20/commit"),
        _message(path=f"/{EXISTING};v=1/commit"),
        _message(path=f"/{EXISTING.replace('-', '%2d')}/commit"),
        _message(path=f"/{EXISTING.replace('-', '%252D')}/commit"),
        _message(path=f"/{RANDOM_ID}-{EXISTING}/commit"),
        _message(path=f"/{RANDOM_ID}/commit?x={EXISTING}"),
        _message(body=f'{{"x": "{EXISTING}"}}'.encode()),
        _message(headers=(("cookie", f"job={EXISTING}"),)),
        _message(path="/0/commit"),
        _message("GET", "/0/commit"),
        _message(path="/NULL/commit"),
        _message(path="/%2A/commit"),
        _message(path="/never-heard-of/commit"),
        _message(path=f"/{RANDOM_ID}-..%2F..%2F0/commit"),
        _message(path=f"/{RANDOM_ID}-..%2F..%2Fnever-heard-of/commit"),
        _message(path=f"/{RANDOM_ID}-%252e%252E%252F..%252Fb/commit"),
        _message(path=f"/{RANDOM_ID}-%5C..%5C..%5Cnever-heard-of/commit"),
        _message(path=f"/{RANDOM_ID}-a%2Fb/commit"),
        _message(path=f"/../batch-async-jobs/{RANDOM_ID}/../0/commit"),
        _message(path=f"/b;{RANDOM_ID}/commit"),
        _message(path=f"/b%00{RANDOM_ID}/commit"),
        _message(path=f"/b%3F{RANDOM_ID}/commit"),
        _message(path="//commit"),
        _message(path=f"/{RANDOM_ID}/commit?async_job_id=7"),
        _message(path=f"/{RANDOM_ID}/commit?%69d=7"),
        _message(body=b'{"jobs": [{"id": 7}]}'),
        _message(body=b'{"async_job_ids": ["7"]}'),
        _message(body=b"job_id=7"),
        _message(path=f"/{RANDOM_ID}/commit/now"),
        _message(path=f"/{RANDOM_ID}"),
        _message(path=""),
        _message("PUT", ""),
        _message("DELETE", f"/{RANDOM_ID}"),
        _message("PATCH", f"/{RANDOM_ID}/action"),
        _message("GET", "", headers=(("x-http-method-override", "post"),)),
        _message("GET", "?_method=POST"),
        _message(headers=(("x-original-url", f"{BASE}/7/commit"),)),
        Message("POST", f"http://elsewhere{BASE}/7/commit"),
        Message("POST", f"{BASE}/7/batch-async-jobs/{RANDOM_ID}/commit"),
        Message("POST", f"{BASE}/{PROJECT_ID}/commit"),
        Message("POST", f"/v5/{PROJECT_ID}/jobs"),
        Message("POST", "/_mock/batches"),
        Message("BREW", "/"),
    ],
    ids=str,
)
def test_a_request_that_may_change_something_trips_the_wire(message: Message) -> None:
    tripwire = Tripwire([EXISTING])

    tripwire.see(message)

    assert tripwire.seen == len(tripwire.trips) == 1


PIECES = st.sampled_from(
    ("/", "\\", ".", "..", "%", "%2f", "%252F", "%5c", "%2e", ";", "?", "#", "\0", " ", "0", "commit")
)


@given(st.lists(PIECES | st.text(max_size=3)).map("".join))
def test_an_invented_id_matches_no_batch_in_any_reading(text: str) -> None:
    """On a target whose batches the suite did not create, an ID with any suffix matches none of them."""
    batch_id = Batches({}, seed=1, provider=None).invented(text)

    assert batch_id.replace(batch_id[: len(RANDOM_ID) + 1], "") == text
    assert Tripwire([EXISTING]).objection(_message(path=f"/{quote(batch_id, safe='')}/commit")) is None


@dataclass(frozen=True)
class Attempt:
    """The conditions of one run.

    Attributes:
        arguments: The options, without --target.
        named: The IDs of existing batches that the options name.
        token: The token that the server accepts.
        project_id: The project of that token.
        prefix: The path prefix of the API.
    """

    arguments: tuple[str, ...]
    named: tuple[str, ...] = ()
    token: str = TOKEN
    project_id: str = PROJECT_ID
    prefix: str = ""


@dataclass(frozen=True)
class Observed:
    """The effects of one run on a server.

    Attributes:
        code: The exit code.
        requests: The number of requests.
        trips: The requests that tripped the wire.
        drawn: The random IDs that requests named.
        changed: The IDs of the batches that are gone or changed.
    """

    code: int
    requests: int
    trips: tuple[str, ...]
    drawn: frozenset[str]
    changed: tuple[str, ...]


def _attempt(number: int) -> Attempt:
    """Draw the conditions of one run; they depend only on the number."""
    rng = random.Random(f"safe {number}")  # noqa: S311 - reproducible, not secret

    def some_id() -> str:
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))

    arguments = ["--profile", "safe", "--seed", str(rng.getrandbits(32))]
    named: list[str] = []
    for kind in JOBS:
        for _ in range(rng.choice((0, 0, 1, 3))):
            name = rng.choice((some_id(), some_id().upper(), f"batch-{some_id()[:8]}", rng.choice(GUESSABLE)))
            if name.casefold() not in map(str.casefold, named):  # a batch in two states is refused
                named.append(name)
                arguments.append(f"--{kind}-job={name}")
    if rng.random() < 0.3:
        requirements = [item.id for item in catalogue.load()]
        areas = sorted({item.partition("-")[0] for item in requirements})
        arguments += ["--only", *rng.sample(requirements + areas, rng.randint(1, 5))]
    if rng.random() < 0.7:
        arguments += ["--max-requests", str(rng.choice((1, 2, 10, 30, 100, 1000)))]
    if rng.random() < 0.5:
        arguments += ["--foreign-project-id", rng.choice((FOREIGN_PROJECT_ID, some_id(), "0", "../..", "批"))]
        arguments += ["--foreign-token", rng.choice((FOREIGN_TOKEN, some_id()))] if rng.random() < 0.5 else []
    if rng.random() < 0.3:
        arguments += ["--timeout", str(rng.randint(5, 30))]
    token = rng.choice((TOKEN, "t", f"MII{'Ab0+/=' * 200}", some_id(), "a.b-c_d~e", "".join(map(chr, range(33, 127)))))
    arguments.append(f"--token={token}")
    project_id = rng.choice((PROJECT_ID, some_id().replace("-", ""), some_id()))
    arguments.append(f"--project-id={project_id}")
    if rng.random() < 0.1:
        token = TOKEN[::-1]  # the server refuses the token of the run
    prefix = rng.choice(("", "", "/some/prefix", "/v5"))
    return Attempt(tuple(arguments), tuple(dict.fromkeys(named)), token, project_id, prefix)


def _run(attempt: Attempt) -> Observed:
    """Run the suite."""
    tripwire = Tripwire(attempt.named)
    existing = dict.fromkeys((*attempt.named, *GUESSABLE))
    settings = MockSettings(token=attempt.token, project_id=attempt.project_id, control=False)
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedServer(settings) as server,
        tripwired(server.url, tripwire, prefix=attempt.prefix) as url,
    ):
        before = [Batch(batch_id, attempt.project_id, BatchStatus.READY) for batch_id in existing]
        server.app.store.add(before)
        own = ("--target", url, "--report-dir", directory, "--ledger", str(Path(directory, "used")))
        code = main.run([*own, *attempt.arguments])
        after = server.app.store.listed()
    changed = tuple(batch.async_job_id for batch in {*before} ^ {*after})
    return Observed(code, tripwire.seen, tuple(tripwire.trips), frozenset(tripwire.drawn), changed)


def test_safe_runs_never_trip_the_wire() -> None:
    attempts = [_attempt(number) for number in range(RUNS)]

    runs = [_run(attempt) for attempt in attempts]

    tripped = {number: (attempts[number].arguments, *run.trips[:9]) for number, run in enumerate(runs) if run.trips}
    drawn = [batch_id for run in runs for batch_id in run.drawn]
    assert not tripped, "\n".join(map(str, tripped.items()))
    assert [run.changed for run in runs] == [()] * RUNS
    assert {run.code for run in runs} <= {0, 1, 3}
    assert len(drawn) == len(set(drawn)), "an ID was drawn in two runs"
    assert sum(run.requests > 100 for run in runs) > RUNS / 10, (
        "at most a tenth of the runs sent more than 100 requests"
    )


def test_a_full_run_trips_the_wire() -> None:
    named = (EXISTING, RANDOM_ID)
    run = _run(Attempt(("--profile", "full", *(f"--ready-job={batch_id}" for batch_id in named)), named))

    assert run.trips
    assert set(run.changed) == set(named)
