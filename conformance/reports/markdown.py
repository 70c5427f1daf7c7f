"""Text of a target as Markdown that holds no markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.reports.console import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["code", "fenced", "line", "table"]


def line(text: str) -> str:
    """Return the text as one line that starts no block and holds no markup."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!~&$])", r"\\\1", printable(" ".join(text.split())))
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", escaped)


def code(text: str) -> str:
    """Return the text as code within a line."""
    return f"`{printable(text).replace('`', '')}`"


def fenced(text: str) -> list[str]:
    """Return a code block whose fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", text, fence]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; its cells are plain text."""
    return [_row(head), "|" + "---|" * len(head), *map(_row, rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(line, cells))} |"
