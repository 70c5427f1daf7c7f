"""The server of the soak test, in a process of its own: it commits, and answers as a plan for each batch says."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.doors import GATEWAY_ERROR, SERVICE_ERROR
from conformance.selftest.support.client.faulty_network import read_message
from conformance.selftest.support.client.forks import FORK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

UNPROCESSED = {"throttled": 429, "unavailable": 503, "unauthorized": 401}
"""Answers of the gateway after which a client may send the call again."""

ENDS: dict[str, tuple[int, str]] = {
    "committed": (40, "job"),
    "committed late": (10, "job"),
    "refused": (8, "RefusedError"),
    "cut off": (6, "OutcomeUnknownError"),
    "committed, no answer": (6, "OutcomeUnknownError"),
    "committed, half an answer": (6, "OutcomeUnknownError"),
    "committed, silent": (4, "OutcomeUnknownError"),
    "silent": (4, "OutcomeUnknownError"),
    "committed, error": (5, "OutcomeUnknownError"),
    "error": (5, "OutcomeUnknownError"),
    "committed, garbage": (6, "UnexpectedAnswerError"),
}
"""What the server does with a call in the end: how often, and what its caller must get."""

IAM_FAILS = 0.1
"""How often IAM closes the connection instead of an answer."""

BATCH = re.compile(rb"POST /v5/[^/]+/batch-async-jobs/([^/]+)/commit ")
LATE = 0.005


@dataclass(frozen=True)
class Plan:
    """What happens to one call.

    Attributes:
        steps: What the server does with each attempt in turn; the last one is repeated.
        patience: Seconds after which the caller is cancelled, if it is a task; None for never.
    """

    steps: tuple[str, ...]
    patience: float | None

    @property
    def is_silent(self) -> bool:
        """Whether the server does not answer, so that the call needs a deadline."""
        return "silent" in self.steps[-1]


def plan_of(batch: str) -> Plan:
    """Return the plan for a batch, whose ID has the seed."""
    random = Random(batch)  # noqa: S311 - not a secret
    before = random.choices(list(UNPROCESSED), weights=(4, 4, 1), k=random.choice((0, 0, 0, 0, 1, 1, 2, 4)))
    (end,) = random.choices(list(ENDS), weights=[weight for weight, _ in ENDS.values()])
    return Plan((*before, end), random.uniform(0, 0.02) if random.random() < 0.2 else None)


@dataclass
class Record:
    """What the server did.

    Attributes:
        received: Number of requests that arrived, by batch.
        committed: Number of commits, by batch.
    """

    received: Counter[str] = field(default_factory=Counter)
    committed: Counter[str] = field(default_factory=Counter)


@contextmanager
def serving(seed: int) -> Iterator[tuple[str, Callable[[], Record]]]:
    """Run the server; yields its URL, and a function that ends it and returns the record."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=_serve, args=(theirs, seed), daemon=True)
    process.start()

    def end() -> Record:
        ours.send(None)
        record: Record = ours.recv()
        process.join(60)
        return record

    try:
        yield ours.recv(), end
    finally:
        process.terminate()
        process.join(60)


def _serve(pipe: Connection, seed: int) -> None:
    service = _Service(seed)

    class Handler(QuietHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while (message := read_message(self.connection)) and service.answer(self.connection, message):
                    pass
                # The callers' processes may have a copy of the socket, so that it must be shut down.
                self.connection.shutdown(socket.SHUT_RDWR)

    with threaded(Handler) as url:
        pipe.send(url)
        pipe.recv()
    pipe.send(service.record)


class _Service:
    def __init__(self, seed: int) -> None:
        self.record = Record()
        self._lock = threading.Lock()
        self._random = Random(seed)  # noqa: S311 - not a secret
        self._tokens = 0

    def answer(self, connection: socket.socket, message: bytes) -> bool:
        """Answer a request, and return whether the connection is kept."""
        call = BATCH.match(message)
        answer = self._issue() if call is None else self._act(connection, call[1].decode())
        connection.sendall(answer)
        return answer.endswith(b"}")

    def _issue(self) -> bytes:
        with self._lock:
            self._tokens += 1
            fails, number = self._random.random() < IAM_FAILS, self._tokens
        return b"" if fails else _message(201, {}, f"X-Subject-Token: token-{number:06}\r\n")

    def _act(self, connection: socket.socket, batch: str) -> bytes:
        plan = plan_of(batch)
        with self._lock:
            step = plan.steps[min(self.record.received[batch], len(plan.steps) - 1)]
            self.record.received[batch] += 1
            self.record.committed[batch] += step.startswith("committed")
        if "silent" in step:
            connection.recv(1)
        if step.endswith("late"):
            threading.Event().wait(LATE)
        if step in UNPROCESSED:
            return _message(UNPROCESSED[step], GATEWAY_ERROR, "Retry-After: 0\r\n")
        answers = {
            "committed": _message(200, {"job": {"async_job_id": batch}}),
            "committed late": _message(200, {"job": {"async_job_id": batch}}),
            "committed, half an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
            "committed, error": _message(500, GATEWAY_ERROR),
            "error": _message(500, GATEWAY_ERROR),
            "committed, garbage": _message(200, {"batch": batch}),
            "refused": _message(400, SERVICE_ERROR),
        }
        return answers.get(step, b"")


def _message(status: int, document: object, headers: str = "") -> bytes:
    body = json.dumps(document).encode()
    return f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body
