"""Text in rows of a limited width, in which pieces are marked: by style, or by carets in a row below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MARK", "carets", "excerpt", "joined", "printable", "words"]

MARK = Style(bold=True, underline=True)
"""Of a marked piece; not by colour, which not every reader and not every terminal has."""
CUT = "..."
CONSOLE = Console()
"""Wraps text, which it is asked for whatever the width; nothing is printed on it."""


def printable(text: str) -> str:
    """Return the text on one line, with escapes for what a hostile server could steer a terminal or a reader with."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def joined(pieces: Iterable[tuple[str, bool]]) -> Text:
    """Return one row made of pieces, each with whether it is marked; all of it is made printable."""
    row = Text()
    for text, marked in pieces:
        row.append(printable(text), MARK if marked else None)
    return row


def words(row: Text, width: int, most: int) -> list[Text]:
    """Wrap a row of at most that many cells, or else its window; between words, unless that would waste rows."""
    row = _window(row, most - most // width)
    wrapped = list(row.wrap(CONSOLE, width, overflow="fold"))
    for line in wrapped:
        line.rstrip()
    return wrapped if len(wrapped) <= -(-most // width) else _columns(row, width)


def carets(row: Text) -> list[Text]:
    """Return the row that points out the marks of the one above; none if that has no marks."""
    if not row.spans:
        return []
    pointers, position = "", 0
    for span in row.spans:
        pointers += " " * cell_len(row.plain[position : span.start]) + "^" * cell_len(row.plain[span.start : span.end])
        position = span.end
    return [Text(pointers)] if pointers.strip() else []


def excerpt(rows: Sequence[Text], most: int) -> list[Text]:
    """Return at most this many rows, from 5: all, or those around the first mark, and how many are left out."""
    if len(rows) <= most:
        return list(rows)
    marked = next((number for number, row in enumerate(rows) if row.spans), 0)
    begin, end = 0, most - 1
    if marked >= end:
        begin = min(marked - 1, len(rows) - most + 1)
        end = len(rows) if begin + most - 1 == len(rows) else begin + most - 2
    above = [Text(f"{CUT} ({begin} lines before)")] if begin else []
    return [*above, *rows[begin:end], *([Text(f"{CUT} ({len(rows) - end} more lines)")] if end < len(rows) else [])]


def _window(row: Text, width: int) -> Text:
    """Return a row of at most this width: all of it, or what stands around its first mark, and dots for the rest."""
    if row.cell_len <= width:
        return row
    room = width - 2 * len(CUT)
    begin = row.spans[0].start if row.spans else 0
    lead = chop_cells(row.plain[begin - 1 :: -1] if begin else "", room // 3)[:1]
    start = begin - len("".join(lead))
    end = start + len(chop_cells(row.plain[start:], room)[0])
    shown = row[start:end]
    return Text.assemble(CUT if start else "", shown, CUT if end < len(row) else "")


def _columns(row: Text, width: int) -> list[Text]:
    """Cut a row into rows, wherever their ends fall."""
    rows, position = [], 0
    for chunk in chop_cells(row.plain, width):
        rows.append(row[position : position + len(chunk)])
        position += len(chunk)
    return rows or [Text()]
