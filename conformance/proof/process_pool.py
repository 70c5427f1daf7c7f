"""Calls of a function, each in a process of its own, several at a time; one that dies or hangs takes no other along."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

__all__ = ["Failure", "Task", "work"]

T = TypeVar("T")

TAIL = 2000


@dataclass(frozen=True)
class Task(Generic[T]):
    """A call to be made.

    Attributes:
        function: What is called; importable by its name.
        arguments: What it is called with.
        share: The part of a processor that it needs: 1 if it computes all the time, little if it mostly waits.
    """

    function: Callable[..., T]
    arguments: tuple[Any, ...]
    share: float = 1.0


@dataclass(frozen=True)
class Failure:
    """A call that has not returned.

    Attributes:
        reason: Why, in a phrase.
        tail: The end of what it had printed.
    """

    reason: str
    tail: str


@dataclass(frozen=True)
class _Call:
    index: int
    process: BaseProcess
    receiver: Connection
    output: Path
    share: float
    deadline: float


def work(
    tasks: Sequence[Task[T]], *, processes: int, limit: float, preload: str | None = None
) -> Generator[tuple[int, T | Failure], None, None]:
    """Make all calls; gives the index of each and what it returned, in the order in which they end.

    Args:
        tasks: The calls. What they print is kept from view.
        processes: How many processors may be in use.
        limit: Seconds after which a call is ended.
        preload: Module that the processes find imported, where the system can fork.
    """
    context = _context(preload)
    waiting = list(range(len(tasks)))
    calls: dict[Connection, _Call] = {}
    with tempfile.TemporaryDirectory(prefix="drs-proof-") as directory:
        try:
            while waiting or calls:
                while (index := _next(waiting, calls.values(), processes)) is not None:
                    waiting.remove(index)
                    call = _start(context, index, tasks[index], Path(directory), limit)
                    calls[call.receiver] = call
                soonest = min(call.deadline for call in calls.values())
                ready = connection.wait(list(calls), timeout=max(0.0, soonest - time.monotonic()))
                now = time.monotonic()
                for receiver in [r for r, call in calls.items() if r in ready or call.deadline <= now]:
                    call = calls.pop(receiver)
                    yield call.index, _result(call, limit, late=receiver not in ready)
        finally:
            for call in calls.values():
                _end(call)


def _context(preload: str | None) -> Any:  # noqa: ANN401 - contexts share no public type
    """Fork from a clean process where the system can, which spares the imports and knows no threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload] if preload else [])
    return context


def _next(waiting: Sequence[int], calls: Iterable[_Call], processes: int) -> int | None:
    """Return the next task, as long as more than half a processor is free."""
    busy = sum(call.share for call in calls)
    return waiting[0] if waiting and busy < processes - 0.5 else None


def _start(context: Any, index: int, task: Task[T], directory: Path, limit: float) -> _Call:  # noqa: ANN401 - likewise
    receiver, sender = context.Pipe(duplex=False)
    output = directory / f"{index}.txt"
    process = context.Process(target=_call, args=(task.function, task.arguments, str(output), sender))
    process.start()
    sender.close()
    return _Call(index, process, receiver, output, task.share, time.monotonic() + limit)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], output: str, sender: Connection) -> None:
    """Run in the new process: call, and tell what came of it."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # so that whatever it starts can be ended with it
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    try:
        result = function(*arguments)
    except BaseException as error:  # noqa: BLE001 - told to the process that waits
        traceback.print_exc()
        result = Failure(f"{type(error).__name__}: {error}", "")
    sys.stdout.flush()
    sys.stderr.flush()
    sender.send(result)


def _result(call: _Call, limit: float, *, late: bool) -> Any:  # noqa: ANN401 - what the function returns
    failure: Failure | None = None
    result = None
    if late:
        failure = Failure(f"did not end within {limit:g} s", "")
    else:
        try:
            result = call.receiver.recv()
        except EOFError:
            call.process.join()
            failure = Failure(f"died with {call.process.exitcode}", "")
    _end(call)
    if isinstance(result, Failure):
        failure = result
    if failure is None:
        return result
    text = call.output.read_text(encoding="utf-8", errors="replace") if call.output.exists() else ""
    return Failure(failure.reason, text[-TAIL:])


def _end(call: _Call) -> None:
    """End the process, and what it has started."""
    if hasattr(os, "killpg") and call.process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(call.process.pid, signal.SIGKILL)
    call.process.kill()
    call.process.join()
    call.process.close()
    call.receiver.close()
