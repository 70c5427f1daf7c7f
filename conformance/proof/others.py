"""Runs on broken servers that others wrote: how many findings one fault has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["OtherServerRun", "figures"]


@dataclass(frozen=True)
class OtherServerRun:
    """A run on a broken server of others that is noticed.

    Attributes:
        server: The round, the stack and the name of the server.
        findings: The requirements with a finding, at least one.
    """

    server: str
    findings: tuple[str, ...]


def figures(runs: Sequence[OtherServerRun]) -> dict[str, Any]:
    """Return the number of the runs and of those with one finding, and the findings of the others."""
    several = {run.server: list(run.findings) for run in runs if len(run.findings) > 1}
    return {"found": len(runs), "one": len(runs) - len(several), "several": several}
