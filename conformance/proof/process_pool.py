"""Function calls in one new process each, several at a time; one that crashes or hangs does not affect the others."""

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

__all__ = ["Failure", "Task", "call_all"]

T = TypeVar("T")

TAIL = 2000
"""Characters of output that a failure keeps."""


@dataclass(frozen=True)
class Task(Generic[T]):
    """A call to make.

    Attributes:
        function: The function; must be importable by name.
        arguments: Its positional arguments.
        share: Share of a processor that it needs: 1 if it computes all the time, less if it mostly waits.
    """

    function: Callable[..., T]
    arguments: tuple[Any, ...]
    share: float = 1.0


@dataclass(frozen=True)
class Failure:
    """A call that did not return a value.

    Attributes:
        reason: The reason, in a phrase.
        tail: The end of its output.
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


def call_all(
    tasks: Sequence[Task[T]], *, processes: int, timeout: float, preload: str | None = None
) -> Generator[tuple[int, T | Failure], None, None]:
    """Make all calls; yield the index and the result of each, in the order in which they end.

    Args:
        tasks: The calls. Their output is captured.
        processes: Number of processors to use.
        timeout: Seconds after which a call is killed.
        preload: Module that the forkserver imports beforehand, on systems that have one.
    """
    context = _context(preload)
    waiting = list(range(len(tasks)))
    calls: dict[Connection, _Call] = {}
    with tempfile.TemporaryDirectory(prefix="drs-proof-") as directory:
        try:
            while waiting or calls:
                while (index := _next(waiting, calls.values(), processes)) is not None:
                    waiting.remove(index)
                    call = _start(context, index, tasks[index], Path(directory), timeout)
                    calls[call.receiver] = call
                soonest = min(call.deadline for call in calls.values())
                ready = connection.wait(list(calls), timeout=max(0.0, soonest - time.monotonic()))
                now = time.monotonic()
                for receiver in [r for r, call in calls.items() if r in ready or call.deadline <= now]:
                    call = calls.pop(receiver)
                    yield call.index, _result(call, timeout, late=receiver not in ready)
        finally:
            for call in calls.values():
                _kill(call)


def _context(preload: str | None) -> Any:  # noqa: ANN401 - contexts share no public type
    """Return a forkserver context if available; it saves the imports, and forks a process without threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload] if preload else [])
    return context


def _next(waiting: Sequence[int], calls: Iterable[_Call], processes: int) -> int | None:
    """Return the next task if more than half a processor is free."""
    busy = sum(call.share for call in calls)
    return waiting[0] if waiting and busy < processes - 0.5 else None


def _start(context: Any, index: int, task: Task[T], directory: Path, timeout: float) -> _Call:  # noqa: ANN401 - see _context
    receiver, sender = context.Pipe(duplex=False)
    output = directory / f"{index}.txt"
    process = context.Process(target=_call, args=(task.function, task.arguments, str(output), sender))
    process.start()
    sender.close()
    return _Call(index, process, receiver, output, task.share, time.monotonic() + timeout)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], output: str, sender: Connection) -> None:
    """Make the call in the new process, and send its result to the parent."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # so that its child processes can be killed with it
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    try:
        result = function(*arguments)
    except BaseException as error:  # noqa: BLE001 - sent to the parent
        traceback.print_exc()
        result = Failure(f"{type(error).__name__}: {error}", "")
    sys.stdout.flush()
    sys.stderr.flush()
    sender.send(result)


def _result(call: _Call, timeout: float, *, late: bool) -> Any:  # noqa: ANN401 - the function's result
    failure: Failure | None = None
    result = None
    if late:
        failure = Failure(f"did not end within {timeout:g} s", "")
    else:
        try:
            result = call.receiver.recv()
        except EOFError:
            call.process.join()
            failure = Failure(f"died with {call.process.exitcode}", "")
    _kill(call)
    if isinstance(result, Failure):
        failure = result
    if failure is None:
        return result
    text = call.output.read_text(encoding="utf-8", errors="replace") if call.output.exists() else ""
    return Failure(failure.reason, text[-TAIL:])


def _kill(call: _Call) -> None:
    """Kill the process and its child processes."""
    if hasattr(os, "killpg") and call.process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(call.process.pid, signal.SIGKILL)
    call.process.kill()
    call.process.join()
    call.process.close()
    call.receiver.close()
