"""Text escaped for GitHub's Markdown, so that nothing in it becomes markup or a mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.reports.rows import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["code", "fenced", "line", "link", "table"]

URL_CHARACTERS = ":/?#[]@!$&'*+,;=%~"
"""Characters of an address that are not percent-encoded. Parentheses and angle brackets are, since they end a link."""


def line(text: str) -> str:
    """Return the text as one line without markup that does not start a block."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!~&$])", r"\\\1", printable(" ".join(text.split())))
    # GitHub looks for @name and #1 in the rendered page, where backslashes are gone, and notifies people and issues.
    apart = re.sub(r"([@#])", r"\1<!-- -->", escaped)
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", apart)


def code(text: str) -> str:
    """Return the text as inline code, between fences longer than any in the text."""
    shown = printable(text)
    fence = _fence(shown, 1)
    # Markdown strips one space on either side, unless the code is all spaces.
    padded = shown.startswith("`") or shown.endswith("`") or (shown.strip(" ") and shown[0] == shown[-1] == " ")
    pad = " " if padded else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str) -> str:
    """Return the text, whose lines are printable, as a code block with a fence longer than any in the text."""
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def link(text: str, url: str) -> str:
    """Return the text as a link if the address begins with https://, otherwise as text."""
    return f"[{line(text)}]({quote(url, safe=URL_CHARACTERS)})" if url.startswith("https://") else line(text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table of plain text."""
    return [_row(head), "|" + "---|" * len(head), *map(_row, rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(line, cells))} |"


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
