"""Keeps Ctrl-C and SIGTERM out of code that starts or stops threads: an exception there may leave one for ever."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["deferred_signals"]


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Call the handlers of signals, which may raise exceptions, when the block has ended. It must be short."""
    if threading.current_thread() is not threading.main_thread():  # handlers run in the main thread alone
        yield
        return
    arrived: list[int] = []

    def call_handlers() -> None:
        for number in arrived:
            signal.raise_signal(number)

    with ExitStack() as handlers:
        handlers.callback(call_handlers)
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if callable(handler):
                handlers.callback(signal.signal, number, handler)
                signal.signal(number, lambda number, _frame: arrived.append(number))
        yield
