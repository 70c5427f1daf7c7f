"""The progress of the proof, on standard error."""

from __future__ import annotations

import sys

__all__ = ["ProgressCounter"]


class ProgressCounter:
    """A counter of finished runs: one line, rewritten, on a terminal; elsewhere, one line per tenth of the total."""

    def __init__(self, name: str, total: int) -> None:
        """Start at zero."""
        self._name = name
        self._total = total
        self._done = 0

    def __call__(self) -> None:
        """Count one more run, and print the count if it is due."""
        before, self._done = self._done, self._done + 1
        text = f"{self._name}: {self._done} of {self._total}"
        if sys.stderr.isatty():
            end = "\n" if self._done == self._total else ""
            print(f"\r{text}", end=end, file=sys.stderr, flush=True)  # noqa: T201 - progress
        elif self._done * 10 // self._total > before * 10 // self._total:
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress
