"""A finding of the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Objection"]


@dataclass(frozen=True, order=True)
class Objection:
    """One violation of one rule.

    Attributes:
        document: Path of the document.
        line: 1-based line number; 1 if the rule gives no place.
        rule: The linter and its rule, `house` and our rule, or `fact` and its ID.
        message: The message, on one line.
    """

    document: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        """Return the finding in the format of compilers, which editors can parse."""
        return f"{self.document}:{self.line}: {self.message} [{self.rule}]"
