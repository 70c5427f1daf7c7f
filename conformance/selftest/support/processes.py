"""Runs in processes of their own that a test does something to while they go on."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@contextmanager
def under_way(
    command: Sequence[str], environment: Mapping[str, str], directory: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a run; gives its process as soon as it has told of its progress."""
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        yield process
