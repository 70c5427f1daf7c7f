"""Run the suite once, silently, when imported, so that processes forked afterwards start with all caches filled.

A run takes less than half the time then. The `determinism` section checks that it sends the same requests.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import tempfile

from conformance.cli import main
from conformance.config import options
from conformance.mock.embedded import EmbeddedServer


def _warm_up() -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    streams = [os.dup(1), os.dup(2)]
    environment = dict(os.environ)
    try:
        with open(os.devnull, "wb") as devnull, tempfile.TemporaryDirectory() as directory, EmbeddedServer() as mock:  # noqa: PTH123 - no file
            for number in (1, 2):
                os.dup2(devnull.fileno(), number)
            options.unset_variables()
            # An error here occurs in each run as well, and is reported there.
            with contextlib.suppress(Exception, SystemExit):
                main.run(["--target", mock.url, "--report-dir", directory])
    finally:
        os.environ.update(environment)
        for number, stream in enumerate(streams, start=1):
            os.dup2(stream, number)
            os.close(stream)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    gc.collect()
    gc.freeze()


_warm_up()
