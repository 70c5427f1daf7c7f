"""What the gate finds wrong with a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Finding"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that one rule objects to.

    Attributes:
        document: The file.
        line: 1-based; 1 if the rule names no place.
        rule: Who objects: a linter and its rule, or `house` and ours.
        message: One line.
    """

    document: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        """Write it as compilers do, so that editors find the place."""
        return f"{self.document}:{self.line}: {self.message} [{self.rule}]"
