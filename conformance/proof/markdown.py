"""Parts of a page in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["cell", "of", "section", "table"]


def section(title: str, *lines: str) -> list[str]:
    """Return the lines of a section."""
    return [f"## {title}", "", *lines, ""]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table."""
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join(' --- ' for _ in head)}|",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
    ]


def cell(text: str) -> str:
    """Escape the text for a table cell."""
    return " ".join(text.replace("|", "\\|").split())


def of(part: int, whole: int) -> str:
    """Return a part of a whole and its share."""
    return f"{part} of {whole} ({part / whole:.1%})"
