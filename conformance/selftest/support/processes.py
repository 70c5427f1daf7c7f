"""Runs in child processes, for tests that act on them while they are running."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], directory: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a run and yield its process once it has printed a first line of progress."""
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        yield process
