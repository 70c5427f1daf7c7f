"""Text as GitHub's Markdown, in which it stays text: no character of it is read as markup, or calls anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.reports.rows import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["code", "fenced", "line", "link", "table"]

URL_CHARACTERS = ":/?#[]@!$&'*+,;=%~"
"""What stays as it is in the address of a link; the parentheses and the angle brackets, which end one, do not."""


def line(text: str) -> str:
    """Return the text as one line that starts no block and holds no markup."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!~&$])", r"\\\1", printable(" ".join(text.split())))
    # GitHub reads @name and #1 off the finished page, where no backslash is left; it tells people and issues of it.
    apart = re.sub(r"([@#])", r"\1<!-- -->", escaped)
    return re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", apart)


def code(text: str) -> str:
    """Return the text as code within a line, between fences longer than any in the text."""
    shown = printable(text)
    fence = _fence(shown, 1)
    # One space on either side is not part of the code, unless there is nothing else.
    padded = shown.startswith("`") or shown.endswith("`") or (shown.strip(" ") and shown[0] == shown[-1] == " ")
    pad = " " if padded else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str) -> str:
    """Return the text, whose lines are printable, as a block of code whose fence is longer than any in the text."""
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def link(text: str, url: str) -> str:
    """Return the text as a link if the address is one of the web, or else as text."""
    return f"[{line(text)}]({quote(url, safe=URL_CHARACTERS)})" if url.startswith("https://") else line(text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table; its cells are plain text."""
    return [_row(head), "|" + "---|" * len(head), *map(_row, rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(line, cells))} |"


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
