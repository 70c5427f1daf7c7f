"""Counts, and rows of printable text of a limited width whose pieces are marked by style or by carets below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.style import Style
from rich.text import Text

from conformance.spec.characters import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MARK", "carets", "excerpt", "joined", "plural", "words"]

MARK = Style(bold=True, underline=True)
"""Style of a marked piece. It has no colour, since some readers and some terminals cannot show one."""
CUT = "..."
CONSOLE = Console()
"""A console for wrapping text; nothing is printed on it."""


def plural(number: int, noun: str) -> str:
    """Return the number and the noun, in the singular or the plural."""
    ending = "" if number == 1 else "es" if noun.endswith(("ch", "s", "x")) else "s"
    return f"{number} {noun}{ending}"


def joined(pieces: Sequence[tuple[str, bool]], *, links: bool = True) -> Text:
    """Return one printable row made of pieces, each given with whether it is marked, and with or without links."""
    row = Text()
    characters, position = shown("".join(text for text, _ in pieces), links=links), 0
    for text, marked in pieces:
        end = position + len(text)
        row.append("".join(characters[position:end]), MARK if marked else None)
        position = end
    return row


def words(row: Text, width: int, most: int) -> list[Text]:
    """Wrap a row, cut to `most` cells, at blanks, or at any character if that takes fewer rows."""
    row = _window(row, most - most // width)
    wrapped = list(row.wrap(CONSOLE, width, overflow="fold"))
    for line in wrapped:
        line.rstrip()
    return wrapped if len(wrapped) <= -(-most // width) else _columns(row, width)


def carets(row: Text) -> list[Text]:
    """Return the row of carets that goes below a row; none if that row has no marks."""
    if not row.spans:
        return []
    pointers, position = "", 0
    for span in row.spans:
        pointers += " " * cell_len(row.plain[position : span.start]) + "^" * cell_len(row.plain[span.start : span.end])
        position = span.end
    return [Text(pointers)] if pointers.strip() else []


def excerpt(rows: Sequence[Text], most: int) -> list[Text]:
    """Return all rows, or at most `most` (from 5) around the first mark, with notes on how many are left out."""
    if len(rows) <= most:
        return list(rows)
    marked = next((number for number, row in enumerate(rows) if row.spans), 0)
    begin, end = 0, most - 1
    if marked >= end:
        begin = min(marked - 1, len(rows) - most + 1)
        end = len(rows) if begin + most - 1 == len(rows) else begin + most - 2
    above = [Text(f"{CUT} ({plural(begin, 'line')} before)")] if begin else []
    below = [Text(f"{CUT} ({plural(len(rows) - end, 'more line')})")] if end < len(rows) else []
    return [*above, *rows[begin:end], *below]


def _window(row: Text, width: int) -> Text:
    """Return the row, or the part of this width around its first mark, with dots for what is left out."""
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
    """Cut a row into rows of this width at any character."""
    rows, position = [], 0
    for chunk in chop_cells(row.plain, width):
        rows.append(row[position : position + len(chunk)])
        position += len(chunk)
    return rows or [Text()]
